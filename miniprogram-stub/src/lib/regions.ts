import table from 'virtual:regions'

export interface Region {
  code: string
  name: string
}

const all: Region[] = unfold(table)

/** Written by `build/regions.ts`. */
function unfold(text: string): Region[] {
  let province = ''
  return text.split(/(?=[|;,])/).map((cell) => {
    const [, sign, code, name] = /^([|;,])(\d+)(.*)$/.exec(cell) as unknown as [string, string, string, string]
    if (sign === '|') province = code
    return { code: (sign === '|' ? code : province + code).padEnd(6, '0'), name }
  })
}

const trimmed = (code: string) => code.replace(/(00)+$/, '')

/** The places inside a territory, itself included: of `341600` all that begin with 3416; of `000000` all. */
export function inside(territory: string): Region[] {
  const prefix = territory === '000000' ? '' : trimmed(territory)
  return all.filter((r) => r.code.startsWith(prefix))
}

/** The chain of names down to a place: `安徽省 亳州市 谯城区`. */
export function fullName(code: string): string {
  const chain = [code.slice(0, 2) + '0000', code.slice(0, 4) + '00', code]
  const names = [...new Set(chain)].map((c) => nameOf(c)).filter((n, i, list) => n && list.indexOf(n) === i)
  return names.join(' ')
}

export function nameOf(code: string): string {
  return all.find((r) => r.code === code)?.name ?? ''
}

/** Columns of a picker over a territory: its direct parts, then the parts of the one that is chosen. */
export function columns(territory: string, chosen: string): Region[][] {
  const places = inside(territory)
  const level = (code: string) => (code.endsWith('0000') ? 1 : code.endsWith('00') ? 2 : 3)
  const top = territory === '000000' ? 1 : level(territory)
  const found: Region[][] = []
  let parent = territory
  for (let depth = territory === '000000' ? 1 : top + 1; depth <= 3; depth++) {
    const own = parent === '000000' ? [] : [{ code: parent, name: depth === 2 ? '（全省）' : '（全市）' }]
    const prefix = parent === '000000' ? '' : trimmed(parent)
    const below = places.filter((r) => r.code !== parent && r.code.startsWith(prefix) && level(r.code) === depth)
    const column = parent === '000000' ? below : [...own, ...below]
    found.push(column)
    const next = column.find((r) => r.code !== parent && chosen.startsWith(trimmed(r.code))) ?? column[0]
    if (!next || next.code === parent || level(next.code) === 3) break
    parent = next.code
  }
  return found
}
