// A form as it comes back from an office: printed, stamped, scanned. The browser that is there anyway draws it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** `form`: bytes of a PDF. Needs poppler's pdftoppm; answers with the bytes of a PDF that is pictures of paper. */
export async function sealed(browser, form) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scan-'))
  const page = await browser.newPage()
  try {
    fs.writeFileSync(path.join(folder, 'form.pdf'), form)
    execFileSync('pdftoppm', ['-r', '96', '-jpeg', 'form.pdf', 'page'], { cwd: folder })
    const sheets = fs.readdirSync(folder).filter((name) => name.endsWith('.jpg')).sort()
    const pictures = sheets.map((name) => `<div><img src="data:image/jpeg;base64,${fs.readFileSync(path.join(folder, name), 'base64')}">${SEAL}</div>`)
    await page.setContent(`<style>@page { size: A4; margin: 0 } div { position: relative; height: 296mm; overflow: hidden; break-inside: avoid } img { width: 210mm } svg { position: absolute; right: 30mm; bottom: 40mm; width: 42mm }</style>${pictures.join('')}`)
    return await page.pdf({ format: 'A4', printBackground: true })
  } finally {
    await page.close()
    fs.rmSync(folder, { recursive: true })
  }
}

const SEAL = `<svg viewBox="0 0 100 100"><g fill="none" stroke="#d01818" stroke-width="3"><circle cx="50" cy="50" r="47"/></g><text x="50" y="64" font-size="40" fill="#d01818" text-anchor="middle">★</text></svg>`
