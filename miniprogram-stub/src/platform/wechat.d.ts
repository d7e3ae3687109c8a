/** The calls of WeChat's base library that uni-app's types lack, as far as they are used here. */
interface WechatFile {
  tempFilePath: string
  size: number
  /** Seconds, of a video. */
  duration: number
}

interface WechatFailed {
  errMsg: string
}

declare const wx: {
  chooseMedia(o: {
    count: number
    mediaType: ('image' | 'video')[]
    sizeType?: ('original' | 'compressed')[]
    /** Seconds; of the camera only. */
    maxDuration?: number
    success(r: { tempFiles: WechatFile[] }): void
    fail(e: WechatFailed): void
  }): void
  chooseMessageFile(o: {
    count: number
    type: 'video' | 'image' | 'file'
    extension?: string[]
    success(r: { tempFiles: { path: string; size: number; name: string }[] }): void
    fail(e: WechatFailed): void
  }): void
  compressImage(o: { src: string; quality: number; compressedWidth?: number; success(r: { tempFilePath: string }): void; fail(): void }): void
  getFileSystemManager(): {
    readFile(o: { filePath: string; position: number; length: number; success(r: { data: ArrayBuffer | string }): void; fail(): void }): void
    getFileInfo(o: { filePath: string; success(r: { size: number }): void; fail(): void }): void
  }
  /** Answers by template: accept, acceptWithAudio, reject, ban or filter. */
  requestSubscribeMessage?(o: { tmplIds: string[]; complete(answers: Record<string, string>): void }): void
}
