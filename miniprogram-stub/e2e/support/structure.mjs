// What WeChat's tools would refuse in a built mini-program, found without them: every page, component and tab that is named is
// there, every script parses, WeChat's own compilers (wcc, wcsc) take every template and style sheet.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'
import { filesOf } from './places.mjs'

const require = createRequire(import.meta.url)
const compilers = path.join(path.dirname(require.resolve('miniprogram-compiler/package.json')), 'bin/linux')

/** Everything that is wrong, in words; none when it could be opened. */
export function faultsOf(root) {
  const files = filesOf(root)
  return [...unresolved(root, files), ...unparsed(root, files), ...refusedTemplates(root, files), ...refusedStyles(root, files)]
}

/** Bytes of the main package: everything outside sub-packages. */
export function mainPackageBytes(root) {
  const subs = subPackages(json(root, 'app.json')).map((s) => s.root.replace(/\/?$/, '/'))
  const main = filesOf(root).filter((file) => !subs.some((sub) => file.startsWith(sub)))
  return main.reduce((sum, file) => sum + fs.statSync(path.join(root, file)).size, 0)
}

const json = (root, name) => JSON.parse(fs.readFileSync(path.join(root, name), 'utf8'))
const subPackages = (app) => app.subPackages ?? app.subpackages ?? []

/** Pages of the app, those of sub-packages included. */
export function pagesOf(root) {
  const app = json(root, 'app.json')
  return [...app.pages, ...subPackages(app).flatMap((s) => s.pages.map((page) => path.join(s.root, page)))]
}

function unresolved(root, files) {
  const there = new Set(files)
  const faults = []
  const seen = new Set()
  const visit = (base, named) => {
    if (seen.has(base)) return
    seen.add(base)
    const lacking = ['.js', '.json', '.wxml'].filter((end) => !there.has(base + end))
    if (lacking.length) faults.push(`${named} names ${base}, which lacks ${lacking.join(', ')}`)
    if (there.has(base + '.json')) components(json(root, base + '.json'), base)
  }
  const components = (config, of) => {
    for (const at of Object.values(config.usingComponents ?? {})) {
      if (/^(plugin|ext|weui):/.test(at)) continue
      const base = at.startsWith('/') ? at.slice(1) : path.join(path.dirname(of), at)
      visit(there.has(base + '.json') ? base : path.join(base, 'index'), of)
    }
  }
  const app = json(root, 'app.json')
  components(app, 'app')
  for (const page of pagesOf(root)) visit(page, 'app')
  for (const tab of app.tabBar?.list ?? []) {
    if (!app.pages.includes(tab.pagePath)) faults.push(`tab ${tab.pagePath} is no page`)
    for (const icon of [tab.iconPath, tab.selectedIconPath].filter(Boolean)) {
      if (!there.has(icon.replace(/^\//, ''))) faults.push(`icon ${icon} is missing`)
    }
  }
  const tool = json(root, 'project.config.json')
  for (const key of ['appid', 'compileType', 'setting']) if (!(key in tool)) faults.push(`project.config.json lacks ${key}`)
  return faults
}

function unparsed(root, files) {
  return files.filter((file) => file.endsWith('.js')).flatMap((file) => {
    try {
      new vm.Script(fs.readFileSync(path.join(root, file), 'utf8'), { filename: file })
      return []
    } catch (error) {
      return [`${file}: ${error.message}`]
    }
  })
}

// npm does not keep the mark "executable" without its install script, which is not run
function compile(root, compiler, words) {
  const program = path.join(compilers, compiler)
  fs.chmodSync(program, 0o755)
  const done = spawnSync(program, words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  const told = done.error ? String(done.error) : done.stderr.trim()
  return done.status === 0 && !/error|ERR/.test(told) ? [] : [`${compiler}: ${(told || done.stdout).slice(0, 800)}`]
}

function refusedTemplates(root, files) {
  return compile(root, 'wcc', ['-d', ...files.filter((file) => /\.(wxml|wxs)$/.test(file))])
}

function refusedStyles(root, files) {
  return compile(root, 'wcsc', ['-lc', '-js', ...files.filter((file) => file.endsWith('.wxss')).map((file) => './' + file)])
}
