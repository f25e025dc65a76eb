import { ask, RefusedError, send } from './api';
import { bodyOf, button, byId, h } from './dom';
import { createField, type Field } from './field';
import type { PreferenceFault, PreferencesView, PreferenceView } from './wire';

const GROUPS: Readonly<Record<string, string>> = {
    idle: 'While you use the computer',
    programs: 'Programs',
    hours: 'Hours',
    cpu: 'Processor',
    memory: 'Memory',
    disk: 'Disk',
    battery: 'Battery',
    temperature: 'Temperature',
    network: 'Network',
    gpu: 'Graphics card',
    runningJobs: 'Jobs that were begun',
};

/** The form of what the owner allows. Nothing is checked here: the node has the rules. */
export function createPreferences(): { load(): Promise<void>; readonly changed: boolean } {
    let fields: readonly Field[] = [];
    let revision = '';
    const groups = h('div', {});
    const said = h('p', { role: 'status', class: 'said' });
    const save = h('button', { type: 'submit', class: 'primary' }, 'Save');
    const undo = button('Undo', () => void load(true));
    const bar = h('div', { class: 'savebar' }, said, h('p', { class: 'row' }, save, undo));
    const form = h('form', { novalidate: true }, groups, bar);
    const changed = () => fields.some((field) => field.changed);

    const show = (view: PreferencesView) => {
        ({ revision } = view);
        const open = new Set(
            [...groups.querySelectorAll<HTMLElement>('details[open]')].map((one) => one.id),
        );
        fields = view.preferences.map((preference) => createField(preference, look));
        groups.replaceChildren(...groupsOf(view, fields, open));
        look();
    };
    const look = () => {
        save.disabled = undo.disabled = !changed();
        bar.classList.toggle('dirty', changed());
    };
    const load = async (anew = false) => {
        if (changed() && !anew) return;
        const view = await ask<PreferencesView>('preferences');
        show(view);
        said.textContent = view.broken ?? '';
    };
    const store = async () => {
        for (const field of fields) field.fault(undefined);
        const wanted = fields.filter((field) => field.changed);
        const changes = Object.fromEntries(wanted.map(({ name, value }) => [name, value]));
        try {
            show(await send<PreferencesView>('PUT', 'preferences', { changes, revision }));
            said.textContent = 'Saved. The node takes it over within two seconds.';
        } catch (error) {
            said.textContent = explain(error, fields);
            if (error instanceof RefusedError && error.status === 409) {
                revision = (error.answer as unknown as PreferencesView).revision;
                said.textContent += ' "Save" puts your changes over them, "Undo" shows them.';
            }
        }
    };
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        void store();
    });
    bodyOf('preferences').replaceChildren(
        h(
            'p',
            { class: 'small' },
            'What you allow the node. A change is respected within two seconds, and never costs stake: what was begun is brought to its end in time.',
        ),
        form,
    );
    return {
        load: () => load(),
        get changed() {
            return changed();
        },
    };
}

function groupsOf(
    { preferences }: PreferencesView,
    fields: readonly Field[],
    open: ReadonlySet<string>,
): HTMLElement[] {
    const names = [...new Set(preferences.map(({ name }) => groupOf(name)))];
    return names.map((group) => {
        const mine = fields.filter(({ name }) => groupOf(name) === group);
        const own = preferences.filter((one) => one.given && groupOf(one.name) === group).length;
        const id = `group-${group}`;
        return h(
            'details',
            { id, open: open.has(id) },
            h(
                'summary',
                {},
                GROUPS[group] ?? group,
                own === 0 ? '' : h('span', { class: 'small' }, ` ${own} of yours`),
            ),
            h(
                'div',
                { class: 'fields' },
                mine.map(({ element }) => element),
            ),
        );
    });
}

function groupOf(name: PreferenceView['name']): string {
    return name.split('.')[0] ?? name;
}

/** Puts each fault at its field. @returns a sentence for all */
function explain(error: unknown, fields: readonly Field[]): string {
    if (!(error instanceof RefusedError)) return 'The node does not answer; nothing was saved.';
    const faults = (error.answer['errors'] ?? []) as readonly PreferenceFault[];
    let first: Field | undefined;
    for (const { preference, message, hint } of faults) {
        const field = fields.find(({ name }) => name === preference);
        field?.fault(`${message} ${hint}`);
        first ??= field;
    }
    first?.focus();
    return faults.length === 0 ? error.message : `Nothing was saved. ${faults[0]?.message ?? ''}`;
}

/** Shows a preference, or the first of a group. */
export function openPreference(name: string): void {
    const field = document.querySelector<HTMLElement>(
        `[data-preference="${name}"], [data-preference^="${name}."]`,
    );
    const group = field?.closest('details');
    if (group) group.open = true;
    (field ?? byId('preferences')).scrollIntoView({ block: 'center' });
    field?.focus();
}
