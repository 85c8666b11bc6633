// The search page: asks the archive's own API. Texts of papers are only ever set as text, never as markup.

const form = document.querySelector("#search");
const told = document.querySelector("#told");
const found = document.querySelector("#found");
const more = document.querySelector("#more");
let last = null;

function made(name, text, ...inside) {
  const element = document.createElement(name);
  element.textContent = text;
  element.append(...inside);
  return element;
}

async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
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

async function guarded(work) {
  try {
    await work();
  } catch (problem) {
    told.textContent = problem.message;
  }
}

async function read(item, ordinal) {
  const opened = await ask("/readings", { asker: asker(), package: item, ordinal });
  const link = made("a", "");
  link.href = `/readings/${opened.ticket}`;
  link.download = "";
  link.click();
  told.textContent = `Đã mở, ghi sổ số ${opened.reading}. / Opened, entry ${opened.reading}.`;
}

async function request(item) {
  const sent = await ask("/requests", { asker: asker(), package: item });
  told.textContent = `Đã gửi yêu cầu ${sent.id}. Hãy chờ kho lưu trữ cho phép. / Asked; wait for the archive's leave.`;
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

async function search(after) {
  const fields = new FormData(form);
  const names = ["text", "file_code", "doc_code", "since", "until"];
  const find = Object.fromEntries(names.map((name) => [name, fields.get(name)]).filter(([, value]) => value));
  const answer = await ask("/search", { asker: asker(), find: { ...find, limit: 20, after } });
  found.append(...answer.dossiers.map(shown));
  last = answer.next;
  more.hidden = !last;
  told.textContent = `${found.children.length} hồ sơ / dossiers`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.replaceChildren();
  guarded(() => search(""));
});
more.addEventListener("click", () => guarded(() => search(last)));

guarded(async () => {
  const { purposes } = await (await fetch("/policy")).json();
  for (const one of purposes) {
    const option = made("option", `${one.vi} / ${one.en}`);
    option.value = one.code;
    form.elements.purpose.append(option);
  }
});
