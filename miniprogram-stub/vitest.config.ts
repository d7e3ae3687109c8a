import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { regions } from './build/regions'

export default defineConfig({
  plugins: [regions()],
  resolve: { alias: { '@': path.resolve(__dirname, 'src') } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
})
