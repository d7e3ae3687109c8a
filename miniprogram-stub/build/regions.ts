import fs from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'

const name = 'virtual:regions'

/** `|11北京市` a province, `;01市辖区` a city of the last one, `,0101东城区` a county of it: a quarter shorter than the table. */
function short(line: string): string {
  const [code, label] = line.trim().split('\t') as [string, string]
  if (code.endsWith('0000')) return '|' + code.slice(0, 2) + label
  return code.endsWith('00') ? ';' + code.slice(2, 4) + label : ',' + code.slice(2) + label
}

/** The names of 行政区划, out of the table that the server's migration loads: one source, no copy kept here. */
export function regions(): Plugin {
  const table = path.resolve(__dirname, '../../migration/data/regions.tsv')
  return {
    name: 'regions',
    resolveId: (id) => (id === name ? '\0' + name : undefined),
    load(id) {
      if (id !== '\0' + name) return
      const lines = fs.readFileSync(table, 'utf8').split('\n').filter((line) => /^\d{6}\t/.test(line))
      return `export default ${JSON.stringify(lines.map(short).join(''))}`
    },
  }
}
