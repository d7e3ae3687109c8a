// A line between phone and server that can be cut, also in the middle of what is being sent.
import net from 'node:net'

export class Line {
  #sockets = new Set()
  #cut = false
  #left = Infinity
  #cutNow = () => {}

  /** A line to the server at this address. */
  static async to(url) {
    const line = new Line()
    const { hostname, port } = new URL(url)
    line.listener = net.createServer((near) => line.#join(near, net.connect(Number(port), hostname)))
    await new Promise((resolve) => line.listener.listen(0, '127.0.0.1', resolve))
    line.url = `http://127.0.0.1:${line.listener.address().port}`
    return line
  }

  #join(near, far) {
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    if (this.#cut) return near.destroy()
    near.on('data', (piece) => {
      this.#left -= piece.length
      if (this.#left < 0) return this.cut()
      if (!far.write(piece)) near.pause()
    })
    far.on('drain', () => near.resume())
    far.pipe(near)
    near.on('end', () => far.end())
  }

  /** Cuts it after the phone has sent so many bytes more; resolves when that has happened. */
  cutAfter(bytes) {
    this.#left = bytes
    return new Promise((resolve) => (this.#cutNow = resolve))
  }

  cut() {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
    this.#cutNow()
  }

  mend() {
    this.#cut = false
    this.#left = Infinity
  }

  close() {
    this.cut()
    this.listener.close()
  }
}
