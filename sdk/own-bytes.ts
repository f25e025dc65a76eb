/** Bytes that no other thread shares, as functions of the platform take them; copied only where some might. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, length } = bytes;
    return buffer instanceof ArrayBuffer
        ? new Uint8Array(buffer, byteOffset, length)
        : bytes.slice();
}
