// Every screen in large and very large letters, the latter on the narrowest phone: nothing runs out of the screen, all can be hit by
// a thumb, what is typed grows along.
import assert from 'node:assert/strict'
import { applicant, draft, handIn } from '../support/others.mjs'
import { person } from '../support/person.mjs'
import { NARROW, PHONE } from '../support/visit.mjs'

/** Percent of the screen that what sticks to its lower edge may take. */
const BAR = 20

export async function looks(world) {
  const token = await applicant(world.server, '13700137021')
  const [writing, handed, back] = [await entry(world, token, '正在填写的'), await entry(world, token, '已经提交的'), await entry(world, token, '退回补正的')]
  await handIn(world, token, handed)
  await handIn(world, token, back)
  const county = await world.server.officer('bozhou-2022.mengcheng-cyberspace')
  await county.giveBack(back, [{ field: 'summary', message: '请补充成效', clause: '图文案例需展示案例亮点、实效等方面内容' }])
  const pages = {
    campaigns: 'index', notice: 'notice?slug=bozhou-2022', start: 'start?slug=bozhou-2022', form: `form?id=${writing}`, evidence: `evidence?id=${writing}`, review: `review?id=${writing}`,
    receipt: `receipt?id=${handed}`, entry: `entry?id=${handed}`, returned: `entry?id=${back}`, 'form-returned': `form?id=${back}`, withdraw: `withdraw?id=${handed}`, me: 'me',
    'sign-in': 'sign-in', verify: 'verify', privacy: 'privacy', certificates: `certificates?id=${handed}`,
  }
  const small = []
  for (const [look, taps, viewport, thumb, letters] of [['large', 1, PHONE, 60, 20], ['largest', 2, NARROW, 60, 28]]) {
    const who = await person(world, { viewport })
    await who.holds(token)
    for (let i = 0; i < taps; i++) await who.tap('#look')
    for (const [name, route] of Object.entries(pages)) {
      const [page, query] = route.split('?')
      await who.v.open(`#/pages/${page}/index${query ? '?' + query : ''}`)
      // the same page for another entry is another page in the app; an address that changes behind # opens none
      await who.page.reload({ waitUntil: 'networkidle' })
      await who.screen(`${look}-${name}`)
      const bar = await who.v.barShare()
      if (bar > BAR) small.push(`${look}-${name}: the bar takes ${bar} % of the screen`)
      small.push(...(await who.v.tooSmall(thumb)).map((what) => `${look}-${name}: ${what}`))
      small.push(...(await who.v.lettersBelow(letters)).map((what) => `${look}-${name}: ${what}`))
    }
  }
  assert.deepEqual(small, [])
}

const entry = (world, token, name) => draft(world, token, { name, operator: name, county: '蒙城县委网信办', region: '341622' })
