/**
 * A Mini App: Telegram's colours and its main button where the page is in Telegram, and its own
 * button where it is not. https://core.telegram.org/bots/webapps
 */
import { SILERO_VAD } from 'cocoon/models';
import { tensorValues } from 'cocoon/protocol';
import { openClient } from '../client';
import { framesOf } from '../frames';

interface WebApp {
    readonly themeParams: { readonly bg_color?: string; readonly text_color?: string };
    readonly MainButton: {
        setText(text: string): void;
        show(): void;
        hide(): void;
        onClick(pressed: () => void): void;
        showProgress(leaveActive: boolean): void;
        hideProgress(): void;
    };
    ready(): void;
    expand(): void;
    enableClosingConfirmation(): void;
    disableClosingConfirmation(): void;
}

const telegram = (window as { Telegram?: { WebApp?: WebApp } }).Telegram?.WebApp;
const { cocoon, ui } = await openClient();
const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const [button, file] = [find<HTMLButtonElement>('listen'), find<HTMLInputElement>('file')];

find('connect').onclick = () => void ui.openModal();
button.onclick = () => void listen().catch((error: Error) => say(error.message));
file.onchange = () => (button.disabled = file.files?.length !== 1);
if (telegram !== undefined) {
    document.body.style.background = telegram.themeParams.bg_color ?? '';
    document.body.style.color = telegram.themeParams.text_color ?? '';
    telegram.MainButton.setText('Listen');
    telegram.MainButton.onClick(() => button.click());
    file.addEventListener('change', () => telegram.MainButton.show());
    button.hidden = true;
    telegram.ready();
}

async function listen(): Promise<void> {
    const items = await framesOf(file.files?.[0] ?? new Blob());
    telegram?.MainButton.showProgress(false);
    const { manifest } = SILERO_VAD;
    const { items: results } = await cocoon.submit({ manifest, items, ceiling: 100_000_000n })
        .result;
    telegram?.MainButton.hideProgress();
    const spoken = results.filter(({ status, ...item }) => {
        const output = 'output' in item ? item.output.get('output') : undefined;
        return status === 'done' && output !== undefined && Number(tensorValues(output)[0]) > 0.5;
    });
    say(`${spoken.length} of ${items.length} frames are speech.`);
}

const say = (text: string) => (find('result').textContent = text);
