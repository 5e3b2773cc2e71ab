/** A QR code of half blocks, two rows of modules to a line. Loaded only when one is drawn. */

export async function loadQrCode(): Promise<(text: string) => string> {
  const { default: qrcode } = await import('qrcode-terminal')
  return text => {
    let code = ''
    qrcode.generate(text, { small: true }, drawn => {
      code = drawn
    })
    return code
  }
}
