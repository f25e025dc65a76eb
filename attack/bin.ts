#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { ATTACKS } from '.';
import type { Attack } from './attack';
import { type Result, runAttacks } from './run';
import { renderMarkdown, renderResults } from './table';

interface Flags {
    readonly short?: true;
    readonly only?: string;
    readonly except?: string;
    readonly plays: string;
    readonly markdown?: string;
    readonly json?: true;
}

const program = new Command('cocoon-attack')
    .description(
        'Plays attackers against the contracts and honest nodes on an embedded chain, and says what each gained.',
    )
    .option('--short', 'play a few that take a minute or two')
    .option('--only <text>', 'play those whose name or role has this text')
    .option('--except <text>', 'leave out those whose name or role has this text')
    .option('--plays <number>', 'plays of each way in which chance can decide', '12')
    .option('--markdown <file>', 'write the table there too')
    .option('--json', 'print one JSON document and nothing else on standard output');

/** Seven nodes look at the chain that often, on few cores. */
const POLL_MS = 100;

async function main(): Promise<number> {
    const flags = program.parse().opts<Flags>();
    const plays = Number(flags.plays);
    if (!Number.isSafeInteger(plays) || plays < 2) {
        throw new RangeError('--plays takes a whole number from 2 on.');
    }
    const names = ({ name, role }: Attack, text: string) =>
        `${role} ${name}`.toLowerCase().includes(text.toLowerCase());
    const { short, only, except } = flags;
    const chosen = ATTACKS.filter(
        (attack) =>
            (short === undefined || attack.short === true) &&
            (only === undefined || names(attack, only)) &&
            (except === undefined || !names(attack, except)),
    );
    if (chosen.length === 0) throw new RangeError('No attack has that name.');
    const started = Date.now();
    const done: Result[] = [];
    const results = await runAttacks(chosen, {
        ring: { pollMs: POLL_MS },
        plays,
        onPlay: ({ role, name, strata }, stratum, play) => {
            const which = strata === undefined ? '' : ` (${stratum.name}, ${play + 1})`;
            const seconds = ((Date.now() - started) / 1000).toFixed(0);
            console.error(`${seconds.padStart(5)} s  ${role}: ${name}${which}`);
        },
        onResult: (result) => {
            for (const fault of result.faults) console.error(`         FAILED: ${fault}`);
            done.push(result);
            if (flags.markdown !== undefined) {
                writeFileSync(flags.markdown, `${renderMarkdown(done)}\n`);
            }
        },
    });
    const failed = results.filter(({ faults }) => faults.length > 0);
    if (flags.json) {
        const bigints = (_: string, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value;
        console.log(JSON.stringify({ results, failed: failed.length }, bigints, 2));
    } else {
        console.log(renderResults(results));
        console.log(
            `\n  ${results.length} attacks; ${failed.length === 0 ? 'none gained more than is conceded, and no honest party lost more than stated fees' : `${failed.length} FAILED`}.`,
        );
        for (const { attack, faults } of failed) {
            for (const fault of faults) console.log(`  ${attack.role}, ${attack.name}: ${fault}`);
        }
    }
    return failed.length === 0 ? 0 : 1;
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(error instanceof RangeError ? error.message : error);
        process.exitCode = 2;
    },
);
