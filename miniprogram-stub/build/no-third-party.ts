import type { Plugin } from 'vite'

const cdn = /url\(["']?https:\/\/cdn\.dcloud\.net\.cn\/[^)]*\)/g
const cdnInCode = /https:\/\/cdn\.dcloud\.net\.cn\/[\w./-]*/g
const advertisements = /https:\/\/ha[cs]1\.dcloud\.net\.cn\/\w+/g

/** uni-app's runtime for browsers fetches shadow pictures from DCloud's network and carries its advertisement client: cut both. */
export function noThirdParty(): Plugin {
  return {
    name: 'no-third-party',
    enforce: 'post',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset' && file.fileName.endsWith('.css')) file.source = String(file.source).replace(cdn, 'none')
        if (file.type === 'chunk') file.code = file.code.replace(advertisements, 'about:blank').replace(cdnInCode, 'data:,')
      }
    },
  }
}
