import uniImport from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'
import { noThirdParty } from './build/no-third-party'
import { regions } from './build/regions'

// the package is CommonJS and its default export is nested when an ES module loads it
const uni = ((uniImport as unknown as { default?: typeof uniImport }).default ?? uniImport) as typeof uniImport

export default defineConfig({
  plugins: [uni(), regions(), noThirdParty()],
  build: { target: 'es2015' },
  server: { proxy: { '/api': process.env.TUIXUAN_SERVER ?? 'http://127.0.0.1:8080' } },
})
