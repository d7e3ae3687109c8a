// Types of the notice: its JSON Schema is dressed as an OpenAPI document, so that one generator serves for both.
import fs from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const schema = JSON.parse(fs.readFileSync(new URL('../../notices/notice.schema.json', import.meta.url), 'utf8'))
const { $defs, $schema, ...notice } = schema
const text = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'notice', version: '1' },
  paths: {},
  components: { schemas: { ...$defs, Notice: notice } },
}).replaceAll('#/$defs/', '#/components/schemas/')
const head = '// Written by `npm run gen` out of notices/notice.schema.json; do not edit.\n'
fs.writeFileSync(new URL('../src/api/notice.d.ts', import.meta.url), head + astToString(await openapiTS(text)))
