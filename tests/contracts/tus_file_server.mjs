// A tus server by other hands (npm: @tus/server, @tus/file-store), for the contract suite.
// Usage: node tus_file_server.mjs MODULES FOLDER MAX_BYTES
import { createRequire } from "node:module";
import http from "node:http";
const [modules, folder, most] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { Server } = require("@tus/server");
const { FileStore } = require("@tus/file-store");
const tus = new Server({ path: "/files", datastore: new FileStore({ directory: folder }), maxSize: Number(most) });
const server = http.createServer((request, response) => {
  if (request.url.startsWith("/files")) return tus.handle(request, response);
  response.writeHead(404).end();
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
