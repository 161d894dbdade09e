// What an app does with the generated types: hands in a material of a case, and a ledger.
// `node upload.js <address> <token> <case> <version>` prints what was answered.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };
const [baseUrl, token, caseId, version] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function form(fields: Record<string, Blob | string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const scan: components["schemas"]["Body_uploadMaterial"] = {
  file: new Blob(["%PDF-1.7\n%%EOF\n"], { type: "application/pdf" }),
};
const handed = await api.POST("/v1/hookups/{case_id}/materials/{kind}", {
  params: {
    path: { case_id: caseId, kind: "PREMISES_PROOF" },
    header: { "Idempotency-Key": crypto.randomUUID(), "If-Match": version },
  },
  body: scan,
  bodySerializer: (body) => form({ file: body.file }),
});
const ledger: components["schemas"]["Body_importLedger"] = { file: new Blob(["受理编号,区划\n1,东昌府区\n"]), mode: "good" };
const refused = await api.POST("/v1/imports", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: ledger,
  bodySerializer: (body) => form({ file: body.file, mode: body.mode }),
});
const kinds: string[] | undefined = handed.data?.materials.map((each) => each.kind);
const etag = handed.response.headers.get("etag");
console.log(JSON.stringify({ kinds, etag, status: refused.response.status, code: refused.error?.code }));
