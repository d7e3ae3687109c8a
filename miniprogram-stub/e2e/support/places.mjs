// Where things are, from any folder this is run in.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const client = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
export const project = path.dirname(client)
export const miniProgram = path.join(client, 'dist/build/mp-weixin')
export const page = path.join(client, 'dist/build/h5')
const target = process.env.CARGO_TARGET_DIR ?? path.join(project, 'target')
/** Pictures of every screen, for people to look at. */
export const screens = path.join(target, 'screens')
/** The server whose page is driven. */
export const binary = process.env.TUIXUAN_BINARY ?? path.join(target, 'debug/tuixuan')

/** Every file below a folder, by its path inside it. */
export function filesOf(folder) {
  const found = []
  const walk = (inside) => {
    for (const entry of fs.readdirSync(path.join(folder, inside), { withFileTypes: true })) {
      const name = path.join(inside, entry.name)
      entry.isDirectory() ? walk(name) : found.push(name)
    }
  }
  walk('')
  return found.sort()
}
