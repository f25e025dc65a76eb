import { ask, RefusedError, send } from './api';
import { bodyOf, button, h, whenChanged } from './dom';
import { count, countdown } from './format';
import type { Prices, View } from './wire';

/** Warm models, and those that are left alone for a while. */
export const showModels = whenChanged(
    ({ models, quarantine }: Pick<View, 'models' | 'quarantine'>) => {
        const warm = models.map(({ name, model, users, processes, executionClass }) =>
            h(
                'li',
                {},
                h('p', {}, h('strong', { class: 'name' }, name)),
                h(
                    'p',
                    { class: 'small' },
                    `${count(processes, 'process', 'processes')}, ` +
                        (users === 0
                            ? 'waits for the next job'
                            : `used by ${count(users, 'job')}`) +
                        (executionClass === 'wasm' ? ', as WebAssembly' : ''),
                ),
                h('p', { class: 'small address' }, model),
            ),
        );
        const held = quarantine.map(({ model, until, reason }) => {
            const said = h('p', { class: 'small', role: 'status' });
            return h(
                'li',
                {},
                h('p', { class: 'address' }, model),
                h('p', {}, `${reason} Left alone for another `, countdown(until, 'left'), '.'),
                button('Work for it again', () => void lift(model, said)),
                said,
            );
        });
        bodyOf('models').replaceChildren(
            h('h3', {}, 'Warm'),
            warm.length === 0
                ? h('p', {}, 'No model is loaded.')
                : h('ul', { class: 'cards' }, warm),
            h('h3', {}, 'Quarantined'),
            held.length === 0
                ? h('p', {}, 'None: no model keeps crashing here.')
                : h('ul', { class: 'cards' }, held),
        );
    },
);

async function lift(model: string, said: HTMLElement): Promise<void> {
    try {
        await send('POST', `models/${model}/lift`, {});
        said.textContent = 'The node works for it again.';
    } catch (error) {
        said.textContent =
            error instanceof RefusedError ? error.message : 'The node does not answer.';
    }
}

/** What recent jobs paid, on demand: it reads a month of books. */
export function showPrices(): void {
    const out = h('div', { role: 'status' });
    const load = async () => {
        out.replaceChildren(h('p', {}, 'Reading the books …'));
        try {
            const { models } = await ask<Prices>('prices');
            const told = models.map(({ sentences }) =>
                h(
                    'li',
                    {},
                    sentences.map((sentence) => h('p', {}, sentence)),
                ),
            );
            out.replaceChildren(
                told.length === 0
                    ? h('p', {}, 'No jobs were seen whose model is known: nothing to compare with.')
                    : h('ul', { class: 'cards' }, told),
            );
        } catch (error) {
            const text =
                error instanceof RefusedError ? error.message : 'The node does not answer.';
            out.replaceChildren(h('p', { class: 'error' }, text));
        }
    };
    bodyOf('prices').replaceChildren(
        h(
            'p',
            {},
            'What jobs of the last 30 days paid beside what you ask for. Your price stands in the configuration.',
        ),
        button('Suggest prices', () => void load()),
        out,
    );
}
