// What a phone's camera reads from paper: the code on a printed sheet, read from its picture.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'

const reader = createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js')

/** The text of the first code on the sheets of a PDF. */
export async function codeOn(browser, pdf) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'paper-'))
  const page = await browser.newPage()
  try {
    fs.writeFileSync(path.join(folder, 'paper.pdf'), pdf)
    execFileSync('pdftoppm', ['-r', '150', '-png', 'paper.pdf', 'sheet'], { cwd: folder })
    await page.addScriptTag({ path: reader })
    for (const sheet of fs.readdirSync(folder).filter((name) => name.endsWith('.png')).sort()) {
      const text = await page.evaluate(read, `data:image/png;base64,${fs.readFileSync(path.join(folder, sheet), 'base64')}`)
      if (text) return text
    }
    throw new Error('no code is on that paper')
  } finally {
    await page.close()
    fs.rmSync(folder, { recursive: true })
  }
}

async function read(source) {
  const picture = new Image()
  picture.src = source
  await picture.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height })
  const pen = canvas.getContext('2d')
  pen.drawImage(picture, 0, 0)
  const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height)
  return window.jsQR(data, width, height)?.data
}
