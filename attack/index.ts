import type { Attack } from './attack';
import { clients } from './clients';
import { batches, proven } from './providers/batches';
import { bidding } from './providers/bidding';
import { bindings } from './providers/bindings';
import { colludingNewcomers, colludingVeterans } from './providers/colluding';
import { fabricated, openings } from './providers/fabricated';
import { leaving } from './providers/leaving';
import { weights } from './providers/weights';
import { sealed } from './sealed';
import { strangers } from './strangers';
import { verifiers } from './verifiers';

/** All attacks, by who attacks. */
export const ATTACKS: readonly Attack[] = [
    ...fabricated,
    ...openings,
    ...weights,
    ...bindings,
    ...batches,
    ...colludingNewcomers,
    ...bidding,
    ...leaving,
    ...verifiers,
    ...clients,
    ...strangers,
    ...sealed,
    ...proven,
    ...colludingVeterans,
];
