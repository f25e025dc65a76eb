import { WaveFile } from 'wavefile';
import { readVoice, SAMPLE_RATE_HZ } from '../../examples/audio/frames';

/** Some of a recorded voice, as 16-bit samples at 16 kHz. */
export function recordedVoice(samples: number, from = 5 * SAMPLE_RATE_HZ): Int16Array {
    const voice = readVoice().subarray(from, from + samples);
    return Int16Array.from(voice, (sample) => Math.round(sample * 32_767));
}

/** The same as a file that browsers decode. */
export function waveOf(samples: Int16Array): Buffer {
    const wave = new WaveFile();
    wave.fromScratch(1, SAMPLE_RATE_HZ, '16', [...samples]);
    return Buffer.from(wave.toBuffer());
}
