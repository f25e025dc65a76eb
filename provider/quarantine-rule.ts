import { PassError } from './errors';
import type { ReadRules } from './rules';
import type { Quarantine } from './state';

/** The rules of the operator, and that no jobs are taken for models that are quarantined. */
export function withQuarantine(rules: ReadRules, quarantine: Pick<Quarantine, 'get'>): ReadRules {
    return {
        ...rules,
        checkModel(hash) {
            rules.checkModel(hash);
            const found = quarantine.get(hash);
            if (found === undefined) return;
            const until = new Date(found.until).toISOString();
            const detail = `The model ${hash} is quarantined until ${until}. ${found.reason}`;
            const { until: end, reason } = found;
            throw new PassError({ code: 'model-quarantined', until: end, because: reason }, detail);
        },
    };
}
