/** What is left to write of a buffer, and who wants it back. */
interface Loan {
    left: number;
    readonly back: () => void;
}

/**
 * Buffers of bytes that are being sent. A stream keeps what it was given until it is sent and says
 * nothing then, so that each message would need a buffer of its own: at 300 MB/s the garbage
 * collector has work for a third of a core. Where a socket of our own writes the bytes, it tells;
 * on any other way a buffer does not come back and is garbage as before.
 */
const loans = new WeakMap<ArrayBufferLike, Loan>();

/**
 * Lends bytes that are sent next, and once.
 *
 * @param bytes - all of what is used of their ArrayBuffer
 * @param back - told when nobody has them any more; perhaps never
 */
export function lend(bytes: Uint8Array, back: () => void): void {
    loans.set(bytes.buffer, { left: bytes.length, back });
}

/** What to call once a socket has written these bytes; undefined where nobody waits for them. */
export function onWritten({
    buffer,
    length,
}: Uint8Array): ((error?: Error | null) => void) | undefined {
    const loan = loans.get(buffer);
    if (loan === undefined) return undefined;
    return (error) => {
        if (error) return;
        loan.left -= length;
        if (loan.left !== 0 || loans.get(buffer) !== loan) return;
        loans.delete(buffer);
        loan.back();
    };
}
