import fs from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'

const name = 'virtual:regions'

/** The names of 行政区划, out of the table that the server's migration loads: one source, no copy kept here. */
export function regions(): Plugin {
  const table = path.resolve(__dirname, '../../migration/data/regions.tsv')
  return {
    name: 'regions',
    resolveId: (id) => (id === name ? '\0' + name : undefined),
    load(id) {
      if (id !== '\0' + name) return
      const lines = fs.readFileSync(table, 'utf8').split('\n').filter((line) => /^\d{6}\t/.test(line))
      return `export default ${JSON.stringify(lines.map((line) => line.trim().replace('\t', '')).join(' '))}`
    },
  }
}
