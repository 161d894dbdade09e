// Writes the types of an OpenAPI document: `node generate.mjs <document> <types.ts>`. A file is a Blob, as its
// documentation advises for `format: binary`.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode(ts.factory.createIdentifier("Blob"));
const [document, target] = process.argv.slice(2);
const ast = await openapiTS(JSON.parse(await readFile(document, "utf-8")), {
  transform: (schema) => (schema.format === "binary" ? BLOB : undefined),
});
await writeFile(target, astToString(ast));
