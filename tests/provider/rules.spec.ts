import { Address } from '@ton/core';
import { identityManifest } from '../../bench/identity-model';
import { CATALOGUE } from '../../models';
import { asHashHex, type JobSpec } from '../../protocol';
import {
    DEFAULT_LIMITS,
    type JobLimits,
    parseLicence,
    readRules,
    type Rules,
    satisfiesLicence,
} from '../../provider';
import { PassError } from '../../provider/errors';
import { checkDemands, checkStrictness, checkTerms } from '../../provider/rules';
import type { JobView } from '../../wrappers';

const CLIENT = new Address(0, Buffer.alloc(32, 2));
const MODEL = asHashHex('ab'.repeat(32));
const OTHER = asHashHex('cd'.repeat(32));
const manifest = { name: 'Silero VAD', licence: 'MIT' };

const passes = (reason: string) => expect.objectContaining({ reason }) as Error;

describe('A licence expression', () => {
    const allows = (expression: string, ids: readonly string[]) =>
        satisfiesLicence(parseLicence(expression), ({ id }) => ids.includes(id));

    it.each([
        ['MIT', ['MIT'], true],
        ['MIT', ['Apache-2.0'], false],
        ['Apache-2.0 OR MIT', ['MIT'], true],
        ['Apache-2.0 AND MIT', ['MIT'], false],
        ['Apache-2.0 AND MIT', ['MIT', 'Apache-2.0'], true],
        ['GPL-3.0-only OR Apache-2.0 AND MIT', ['Apache-2.0'], false],
        ['GPL-3.0-only OR Apache-2.0 AND MIT', ['GPL-3.0-only'], true],
        ['(GPL-3.0-only OR Apache-2.0) AND MIT', ['GPL-3.0-only'], false],
        ['(GPL-3.0-only OR Apache-2.0) AND MIT', ['Apache-2.0', 'MIT'], true],
        ['((MIT))', ['MIT'], true],
    ])('%s under %j: %s', (expression, ids, expected) => {
        expect(allows(expression, ids)).toBe(expected);
    });

    it.each(['', 'MIT OR', 'OR MIT', '(MIT', 'MIT)', 'MIT Apache-2.0', 'MIT WITH', 'MIT WITH (x)'])(
        'cannot be "%s"',
        (expression) => {
            expect(() => parseLicence(expression)).toThrow(
                expect.objectContaining({ code: 'LICENCE_MALFORMED' }) as Error,
            );
        },
    );
});

describe('The rules of an operator', () => {
    const check = (rules: Rules, licence = 'MIT', name = manifest.name) =>
        readRules(rules).checkManifest(MODEL, { name, licence });

    it('let everything pass that they do not mention', () => {
        const rules = readRules({});
        rules.checkClient(CLIENT);
        rules.checkTag(0);
        rules.checkManifest(MODEL, manifest);
        check({ allow: { models: [], licences: [], clients: [] } });
    });

    it('allow models by hash or by name, in any case', () => {
        check({ allow: { models: [MODEL] } });
        check({ allow: { models: ['silero vad'] } });
        expect(() => check({ allow: { models: [OTHER] } })).toThrow(passes('model-not-allowed'));
        expect(() => check({ allow: { models: ['other'] } })).toThrow(passes('model-not-allowed'));
    });

    it('know by the listing alone that a model is none of those allowed by hash', () => {
        const rules = readRules({ allow: { models: [MODEL] } });
        rules.checkTag(0xabababab);
        expect(() => rules.checkTag(0xcdcdcdcd)).toThrow(passes('model-not-allowed'));
        readRules({ allow: { models: [MODEL, 'a name'] } }).checkTag(0xcdcdcdcd);
    });

    it('block more strongly than they allow', () => {
        const lists = { models: [MODEL], licences: ['MIT'], clients: [CLIENT] };
        const rules = readRules({ allow: lists, block: lists });
        expect(() => rules.checkClient(CLIENT)).toThrow(passes('client-not-allowed'));
        expect(() => rules.checkModel(MODEL)).toThrow(passes('model-not-allowed'));
        expect(() =>
            check({ allow: { models: [MODEL] }, block: { models: ['SILERO VAD'] } }),
        ).toThrow(passes('model-not-allowed'));
        const licences = { allow: { licences: ['MIT'] }, block: { licences: ['MIT'] } };
        expect(() => check(licences)).toThrow(passes('licence-not-allowed'));
    });

    it('take the licence that the licensee may choose', () => {
        const allow = { licences: ['MIT', 'Apache-2.0'] };
        check({ allow }, 'GPL-3.0-only OR MIT');
        check({ allow }, 'apache-2.0 AND mit');
        expect(() => check({ allow }, 'GPL-3.0-only AND MIT')).toThrow(
            passes('licence-not-allowed'),
        );
        const block = { licences: ['GPL-3.0-only'] };
        check({ block }, 'GPL-3.0-only OR MIT');
        expect(() => check({ block }, 'GPL-3.0-only AND MIT')).toThrow(
            passes('licence-not-allowed'),
        );
        expect(() => check({ allow }, 'MIT OR (')).toThrow(passes('licence-not-allowed'));
    });

    it('count "or later" and an exception as covered by the licence itself', () => {
        const allow = { licences: ['GPL-2.0'] };
        check({ allow }, 'GPL-2.0+');
        check({ allow }, 'GPL-2.0 WITH Classpath-exception-2.0');
        const narrow = { licences: ['GPL-2.0 WITH Classpath-exception-2.0'] };
        check({ allow: narrow }, 'GPL-2.0 WITH Classpath-exception-2.0');
        expect(() => check({ allow: narrow }, 'GPL-2.0')).toThrow(passes('licence-not-allowed'));
        expect(() => check({ block: allow }, 'GPL-2.0+')).toThrow(passes('licence-not-allowed'));
    });

    it('know a client by any form of its address', () => {
        const forms = [
            CLIENT,
            CLIENT.toString(),
            CLIENT.toRawString(),
            CLIENT.toString({ bounceable: false }),
            CLIENT.toString({ testOnly: true, urlSafe: false }),
        ];
        for (const client of forms) {
            const rules = readRules({ block: { clients: [client] } });
            expect(() => rules.checkClient(CLIENT)).toThrow(passes('client-not-allowed'));
            readRules({ allow: { clients: [client] } }).checkClient(CLIENT);
        }
    });

    it('say which entry cannot be one', () => {
        const invalid = expect.objectContaining({ code: 'RULES_INVALID' }) as Error;
        expect(() => readRules({ allow: { clients: ['nobody'] } })).toThrow(invalid);
        expect(() => readRules({ block: { licences: ['MIT OR ISC'] } })).toThrow(invalid);
        expect(() => readRules({ block: { licences: ['M I T'] } })).toThrow(
            expect.objectContaining({ code: 'LICENCE_MALFORMED' }) as Error,
        );
    });
});

describe('The limits of an operator', () => {
    const spec = {
        inputs: { count: 10, batches: [{ bytes: 600 }, { bytes: 400 }] },
        limits: { memoryBytes: 100, outputBytesPerItem: 5, msPerItem: 1 },
    } as unknown as JobSpec;
    const files = { files: [{ bytes: 70 }, { bytes: 30 }] } as never;
    const most: Partial<JobLimits> = {
        maxMemoryBytes: 100,
        maxResultBytes: 50,
        maxInputBytes: 1000,
        maxModelBytes: 100,
    };

    it('are what a job may take in all', () => {
        checkDemands(spec, files, { ...DEFAULT_LIMITS, ...most });
        for (const [limit, bytes] of Object.entries(most)) {
            const tight = { ...DEFAULT_LIMITS, ...most, [limit]: Number(bytes) - 1 };
            expect(() => checkDemands(spec, files, tight)).toThrow(passes('over-limits'));
        }
    });

    it('bound the items before anything is fetched', () => {
        const job = { terms: { items: 11 } } as JobView;
        expect(() => checkTerms(job, { ...DEFAULT_LIMITS, maxItems: 10 })).toThrow(
            passes('over-limits'),
        );
        checkTerms(job, { ...DEFAULT_LIMITS, maxItems: 11 });
    });
});

describe('The strictness of a comparison', () => {
    const y = { name: 'y', dtype: 'float32', shape: [1] } as const;
    const label = { name: 'label', dtype: 'int64', shape: [1] } as const;
    const within = (tau: number) =>
        ({
            class: 'tolerance',
            outputs: [{ name: 'y', scale: 1, clamp: 2, tau, floor: 0.01 }],
        }) as const;
    const check =
        (rule: Parameters<typeof checkStrictness>[0], outputs: (typeof y | typeof label)[]) => () =>
            checkStrictness(
                rule,
                { ...identityManifest(), outputs, comparison: rule },
                { minTau: 1e-4 },
            );

    it('has to leave room for the rounding of honest machines', () => {
        expect(check(within(2.6e-4), [y, label])).not.toThrow();
        expect(check(within(1e-4), [y])).not.toThrow();
        expect(check(within(0.99e-4), [y])).toThrow(/"y" is compared within 0.000099/);
        expect(check(within(1e-9), [y])).toThrow(PassError);
    });

    it('may be exact for what is no floating-point number', () => {
        expect(check({ class: 'exact' }, [label])).not.toThrow();
        expect(check({ class: 'exact' }, [y])).toThrow(/bit for bit/);
        expect(check(within(1e-3), [y, { ...y, name: 'z' as 'y' }])).toThrow(/"z".*bit for bit/);
    });

    it('is as it was measured for models of the catalogue, and not stricter', () => {
        for (const { manifest: model } of CATALOGUE) {
            const { comparison } = model;
            if (comparison.class === 'exact') continue;
            expect(() => checkStrictness(comparison, model, { minTau: 1e-4 })).not.toThrow();
            const outputs = comparison.outputs.map((one) => ({ ...one, tau: one.tau / 1000 }));
            const stricter = { ...comparison, outputs };
            expect(() => checkStrictness(stricter, model, { minTau: 1e-4 })).toThrow(PassError);
        }
    });
});
