// Pictures, films and papers of real encoders, small and made anew for each run.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export class Things {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'things-'))

  at(name) {
    return path.join(this.folder, name)
  }

  #ffmpeg(name, ...words) {
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...words, this.at(name)], { stdio: ['ignore', 'inherit', 'inherit'] })
    return this.at(name)
  }

  picture(name, { width = 800, height = 600 } = {}) {
    return this.#ffmpeg(name, '-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}`, '-frames:v', '1')
  }

  /** One picture a second keeps an hour small; `megabytes` pads it, as a phone's film would be. */
  film(name, seconds, megabytes = 0) {
    this.#ffmpeg(name, '-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=2:duration=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart')
    // a box of type "free" is what encoders themselves leave room with
    const length = Math.round(megabytes * (1 << 20))
    if (length > 8) {
      const box = Buffer.alloc(length)
      box.writeUInt32BE(length)
      box.write('free', 4)
      for (let i = 8; i < length; i += 4096) box.writeUInt32BE((i * 2654435761) >>> 0, Math.min(i, length - 4))
      fs.appendFileSync(this.at(name), box)
    }
    return this.at(name)
  }

  file(name, bytes) {
    fs.writeFileSync(this.at(name), bytes)
    return this.at(name)
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}
