// The search page: asks the archive's own API. Texts of papers are only ever set as text, never as markup.

const form = document.querySelector("#search");
const told = document.querySelector("#told");
const found = document.querySelector("#found");
const more = document.querySelector("#more");
let last = null;
let busy = false;

function made(name, text, ...inside) {
  const element = document.createElement(name);
  element.textContent = text;
  element.append(...inside);
  return element;
}

const AWAY = "Không liên lạc được với kho lưu trữ. Hãy thử lại sau. / The archive is out of reach; try again later.";

async function ask(path, body) {
  const sent = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const answer = await fetch(path, sent).catch(() => { throw new Error(AWAY); });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Error(data.vi ? `${data.code}: ${data.vi} / ${data.en}`
      : `Kho lưu trữ chưa trả lời được (${answer.status}). Hãy thử lại sau. / Not now; try again later.`);
  }
  return data;
}

function asker() {
  const fields = new FormData(form);
  return { person: fields.get("person"), purpose: fields.get("purpose"), reason: fields.get("reason") };
}

// One thing at a time: what is clicked twice is asked, and written down, once.
async function guarded(work) {
  if (busy) {
    return;
  }
  busy = true;
  told.textContent = "Đang hỏi kho lưu trữ… / Asking…";
  try {
    told.textContent = await work();
  } catch (problem) {
    told.textContent = problem.message;
  } finally {
    busy = false;
  }
}

async function read(item, ordinal) {
  const opened = await ask("/readings", { asker: asker(), package: item, ordinal });
  const link = made("a", "");
  link.href = `/readings/${opened.ticket}`;
  link.download = "";
  link.click();
  return `Đã mở, ghi sổ số ${opened.reading}. / Opened, entry ${opened.reading}.`;
}

async function request(item) {
  const sent = await ask("/requests", { asker: asker(), package: item });
  return `Đã gửi yêu cầu ${sent.id}. Hãy chờ kho lưu trữ cho phép. / Asked; wait for the archive's leave.`;
}

function deed(reading, item, ordinal) {
  if (reading === "refuse") {
    return made("span", " không được đọc / not open");
  }
  const button = made("button", reading === "allow" ? "Đọc / Read" : "Xin phép đọc / Ask for leave");
  button.type = "button";
  button.addEventListener("click", () => guarded(() => (reading === "allow" ? read(item, ordinal) : request(item))));
  return button;
}

function shown(dossier) {
  const list = made("ul", "", ...dossier.documents.map((document_) => made("li",
    `${document_.ordinal}. ${document_.subject || document_.doc_code} (${document_.issued || "?"}, ${document_.pages} trang) `,
    deed(document_.reading, dossier.uuid, document_.ordinal))));
  return made("article", "", made("h2", dossier.title || dossier.file_code),
    made("p", `${dossier.file_code} · ${dossier.start_date} – ${dossier.end_date} `, deed(dossier.reading, dossier.uuid, 0)),
    list);
}

async function search(wish) {
  const answer = await ask("/search", wish);
  found.append(...answer.dossiers.map(shown));
  last = answer.next && { ...wish, find: { ...wish.find, after: answer.next } };
  more.hidden = !last;
  const count = found.children.length;
  return count || last ? `${count} hồ sơ / dossiers`
    : "Không tìm thấy hồ sơ nào mà đơn vị được biết. / Nothing found that this office may know of.";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(() => {
    found.replaceChildren();
    more.hidden = true;
    const fields = new FormData(form);
    const names = ["text", "file_code", "doc_code", "since", "until"];
    const find = Object.fromEntries(names.map((name) => [name, fields.get(name)]).filter(([, value]) => value));
    return search({ asker: asker(), find: { ...find, limit: 20 } });
  });
});
more.addEventListener("click", () => guarded(() => search(last)));

guarded(async () => {
  const { purposes } = await ask("/policy");
  for (const one of purposes) {
    const option = made("option", `${one.vi} / ${one.en}`);
    option.value = one.code;
    form.elements.purpose.append(option);
  }
  return "";
});
