/** A page without a framework: a recording in, how much of it is speech out, paid by its user. */
import type { JobResult } from 'cocoon';
import { SILERO_VAD } from 'cocoon/models';
import { tensorValues } from 'cocoon/protocol';
import { openClient } from '../client';
import { framesOf } from '../frames';

const { cocoon, ui } = await openClient();
const find = (id: string) => document.getElementById(id) as HTMLElement;
const say = (text: string) => (find('result').textContent = text);

find('connect').onclick = () => void ui.openModal();
find('file').onchange = ({ target }) => {
    const [file] = (target as HTMLInputElement).files ?? [];
    if (file) void listen(file).catch((error: Error) => say(error.message));
};

async function listen(file: File): Promise<void> {
    const items = await framesOf(file);
    const { manifest } = SILERO_VAD;
    const submission = cocoon.submit({ manifest, items, ceiling: 100_000_000n });
    for await (const { kind } of submission) {
        find('steps').append(Object.assign(document.createElement('li'), { textContent: kind }));
    }
    say(`${speech(await submission.result)} of ${items.length} frames are speech.`);
}

function speech({ items }: JobResult): number {
    return items.filter((item) => {
        const output = item.status === 'done' ? item.output.get('output') : undefined;
        return output !== undefined && Number(tensorValues(output)[0]) > 0.5;
    }).length;
}
