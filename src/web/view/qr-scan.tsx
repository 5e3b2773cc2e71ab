/** Reads a QR code by the camera. The pictures stay in the page. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { decodeQR } from 'qr/decode.js'
import { words } from '../words/words.ts'
import { Dialog } from './dialog.tsx'
import '../style/key.css'

const LOOK_MS = 150
/** Larger pictures only take longer. */
const MAX_SIDE = 720

/** @param onText told of each text that is read; the scan goes on until it is closed */
export function QrScan({ onText, onClose }: { onText: (text: string) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [fault, setFault] = useState<'missing' | 'refused' | undefined>()
  const told = useRef(onText)
  told.current = onText
  useEffect(() => {
    const ending = new AbortController()
    void scan(video.current!, text => told.current(text), ending.signal).then(setFault)
    return () => ending.abort()
  }, [])
  const { peopleSteps } = words().key
  return (
    <Dialog title={peopleSteps.scan} onClose={onClose}>
      {fault === undefined ? (
        <>
          <p>{peopleSteps.scanTitle}</p>
          <video ref={video} class="scan" muted playsInline />
        </>
      ) : (
        <p role="alert">{fault === 'missing' ? peopleSteps.scanMissing : peopleSteps.scanRefused}</p>
      )}
    </Dialog>
  )
}

/** Until it is aborted. @returns why there are no pictures */
async function scan(
  video: HTMLVideoElement,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<'missing' | 'refused' | undefined> {
  if (navigator.mediaDevices === undefined) return 'missing'
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch {
    return signal.aborted ? undefined : 'refused'
  }
  const stop = () => {
    for (const track of stream.getTracks()) track.stop()
  }
  if (signal.aborted) {
    stop()
    return undefined
  }
  signal.addEventListener('abort', stop, { once: true })
  video.srcObject = stream
  await video.play().catch(() => undefined)
  const canvas = document.createElement('canvas')
  const look = () => {
    if (signal.aborted) return
    const text = read(video, canvas)
    if (text !== undefined) onText(text)
    setTimeout(look, LOOK_MS)
  }
  look()
  return undefined
}

function read(video: HTMLVideoElement, canvas: HTMLCanvasElement): string | undefined {
  const { videoWidth, videoHeight } = video
  if (videoWidth === 0 || videoHeight === 0) return undefined
  const scale = Math.min(1, MAX_SIDE / Math.max(videoWidth, videoHeight))
  canvas.width = Math.round(videoWidth * scale)
  canvas.height = Math.round(videoHeight * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) return undefined
  context.drawImage(video, 0, 0, canvas.width, canvas.height)
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height))
  } catch {
    // No code in this picture.
    return undefined
  }
}
