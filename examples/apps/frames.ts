import { type Item, tensorOf } from 'cocoon/protocol';

/** A recording as frames of 36 ms at 16 kHz, decoded by the browser. */
export async function framesOf(file: Blob): Promise<Item[]> {
    const audio = new AudioContext({ sampleRate: 16_000 });
    const decoded = await audio.decodeAudioData(await file.arrayBuffer());
    const samples = decoded.getChannelData(0);
    const frames: Item[] = [];
    for (let at = 0; at + 576 <= samples.length; at += 512) {
        frames.push(
            new Map([
                ['input', tensorOf('float32', [1, 576], [...samples.subarray(at, at + 576)])],
                ['state', tensorOf('float32', [2, 1, 128], new Array<number>(256).fill(0))],
                ['sr', tensorOf('int64', [], [16_000n])],
            ]),
        );
    }
    return frames;
}
