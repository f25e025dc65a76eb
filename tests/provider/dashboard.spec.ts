import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { createMetrics } from '../../provider/metrics';
import { createVerifierMetrics } from '../../verifier/metrics';

const FOLDER = join(__dirname, '..', '..', 'docs', 'monitoring');

interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: {
        readonly x: number;
        readonly y: number;
        readonly w: number;
        readonly h: number;
    };
    readonly targets?: readonly {
        readonly refId: string;
        readonly expr: string;
        readonly legendFormat: string;
        readonly datasource: unknown;
    }[];
    readonly datasource?: unknown;
    readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

interface Exported {
    readonly name: string;
    readonly type: string;
    readonly labels: readonly string[];
}

const dashboard = JSON.parse(readFileSync(join(FOLDER, 'grafana-dashboard.json'), 'utf8')) as {
    readonly panels: readonly Panel[];
    readonly schemaVersion: number;
    readonly uid: string;
    readonly templating: {
        readonly list: readonly { readonly name: string; readonly type: string }[];
    };
};
const { panels } = dashboard;
const targets = panels.flatMap((panel) => panel.targets ?? []);

/** What a node exports that provides and verifies, with the labels of each metric. */
function exported(): readonly Exported[] {
    const checks = createVerifierMetrics(() => ({ running: 0, bonds: 0n }));
    const provider = createMetrics(
        () => ({
            ...{ jobs: 0, waiting: 0, executing: 0, promisedMs: 0 },
            ...{ blobBytes: 0, uploadBytes: 0 },
            ...{ resultsServed: 0, chainLagSeconds: 0, ready: true, idle: [], stake: undefined },
        }),
        { version: '1' },
    );
    // As the node itself puts them together.
    const registry = Registry.merge([provider.registry, checks.registry]);
    return registry.getMetricsAsArray().map((metric) => {
        const {
            name,
            type,
            labelNames = [],
        } = metric as unknown as {
            readonly name: string;
            readonly type: string;
            readonly labelNames?: readonly string[];
        };
        return { name, type, labels: labelNames };
    });
}

/** Metrics with their labels, as a query names them. */
function named(expr: string): { readonly name: string; readonly labels: readonly string[] }[] {
    const by = /by \(([\w, ]+)\)/.exec(expr)?.[1]?.split(/,\s*/) ?? [];
    return [...expr.matchAll(/(cocoon_\w+)(?:\{([^}]*)\})?/g)].map(
        ([, name = '', inside = '']) => ({
            name,
            labels: [
                ...by,
                ...[...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
            ],
        }),
    );
}

describe('The dashboard for Grafana', () => {
    const metrics = new Map<string, Exported>();
    for (const metric of exported()) {
        const suffixes = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
        const labels = [...metric.labels, ...(metric.type === 'histogram' ? ['le'] : [])];
        for (const suffix of suffixes)
            metrics.set(`${metric.name}${suffix}`, { ...metric, labels });
    }
    /** Added by whoever scrapes. */
    const scraped = ['instance', 'job'];

    it('asks for nothing that a node does not export, by no label that it does not have', () => {
        expect(targets.length).toBeGreaterThan(25);
        for (const { expr, legendFormat } of targets) {
            const asked = named(expr);
            expect([expr, asked.length > 0]).toEqual([expr, true]);
            for (const { name, labels } of asked) {
                expect([...metrics.keys()]).toContain(name);
                const own = [...(metrics.get(name)?.labels ?? []), ...scraped];
                expect(own).toEqual(expect.arrayContaining([...labels]));
                const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(
                    ([, label]) => label,
                );
                expect(own).toEqual(expect.arrayContaining(shown));
            }
        }
    });

    it('shows all that a node exports', () => {
        const shown = new Set(targets.flatMap(({ expr }) => named(expr).map(({ name }) => name)));
        const left = exported().filter(
            ({ name }) => ![name, `${name}_sum`, `${name}_bucket`].some((one) => shown.has(one)),
        );
        // What is left out on purpose would stand here, with the reason.
        expect(left).toEqual([]);
    });

    it('counts counters by their growth, and only them', () => {
        for (const { expr } of targets) {
            for (const { name } of named(expr)) {
                const grows = metrics.get(name)?.type !== 'gauge';
                const grown = new RegExp(`(rate|increase)\\(${name}\\{[^}]*\\}\\[`).test(expr);
                expect([expr, grown]).toEqual([expr, grows]);
            }
        }
    });

    it('gives the unit of what each panel shows, by its metrics', () => {
        for (const { title, type, fieldConfig, targets: shown = [] } of panels) {
            if (type === 'row') continue;
            const unit = fieldConfig?.defaults.unit;
            const isOf = (suffix: string) =>
                shown.every(({ expr }) =>
                    named(expr).every(({ name }) =>
                        new RegExp(`${suffix}(_sum|_bucket)?$`).test(name),
                    ),
                );
            if (isOf('_nano(_total)?')) {
                expect([title, unit]).toEqual([title, 'suffix: GRAM']);
                for (const { expr } of shown) expect(expr).toMatch(/\/ 1e9$/);
            } else if (isOf('_bytes')) expect([title, unit]).toEqual([title, 'bytes']);
            else if (isOf('_seconds') && !shown.every(({ expr }) => /\(rate\(\w+_sum/.test(expr))) {
                expect([title, unit]).toEqual([title, 's']);
            } else expect([title, ['none', 'short'].includes(unit ?? '')]).toEqual([title, true]);
        }
    });

    it('is of a schema that Grafana reads, and asks the data source that is chosen', () => {
        // 36 is that of Grafana 9; newer ones are migrated when they are read.
        expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
        expect(dashboard.schemaVersion).toBeLessThanOrEqual(42);
        expect(dashboard.uid).toMatch(/^[\w-]{1,40}$/);
        const variables = dashboard.templating.list.map(({ name, type }) => `${type} ${name}`);
        expect(variables).toEqual(['datasource datasource', 'query instance']);
        const chosen = { type: 'prometheus', uid: '${datasource}' };
        for (const { type, title, datasource, targets: shown } of panels) {
            if (type === 'row') continue;
            expect([title, datasource]).toEqual([title, chosen]);
            expect(['stat', 'timeseries']).toContain(type);
            expect(new Set(shown?.map(({ refId }) => refId)).size).toBe(shown?.length);
            for (const target of shown ?? []) {
                expect([title, target.datasource]).toEqual([title, chosen]);
                const used = [...target.expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
                expect([target.expr, new Set(used)]).toEqual([target.expr, new Set(['instance'])]);
            }
        }
    });

    it('has a place of its own for each panel', () => {
        expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
        const taken = new Set<string>();
        for (const { title, gridPos } of panels) {
            expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
            for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
                for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
                    expect([title, taken.has(`${x} ${y}`)]).toEqual([title, false]);
                    taken.add(`${x} ${y}`);
                }
            }
        }
    });

    it('is fed by a configuration of Prometheus that asks the port of the owner', () => {
        const text = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8');
        expect(parse(text)).toMatchObject({
            scrape_configs: [{ static_configs: [{ targets: ['127.0.0.1:8042'] }] }],
        });
    });
});
