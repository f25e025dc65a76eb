import { z } from 'zod';
import { SourceError, type System } from './system';

/** An object on D-Bus. */
export interface BusObject {
    readonly bus: 'system' | 'session';
    readonly service: string;
    readonly path: string;
    readonly interface: string;
}

const reply = z.object({ type: z.string(), data: z.unknown() });

/**
 * Calls a method without arguments through `busctl`, which comes with systemd, or `gdbus`, which
 * comes with GLib: no library for D-Bus in JavaScript is kept up that installs without a compiler.
 * Services are not started by the call.
 *
 * @returns the first value of the answer
 * @throws SourceError
 */
export async function callBus(system: System, object: BusObject, method: string): Promise<unknown> {
    const { bus, service, path, interface: face } = object;
    try {
        const where = bus === 'session' ? '--user' : '--system';
        const args = [where, '--json=short', '--auto-start=no'];
        const text = await system.run('busctl', [...args, 'call', service, path, face, method]);
        const [value] = z.array(z.unknown()).min(1).parse(parseReply(text));
        return value;
    } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (!/not installed/.test(error.message)) throw plain(error, bus);
        const args = ['call', `--${bus}`, '--dest', service, '--object-path', path];
        return firstOfTuple(
            await system.run('gdbus', [...args, '--timeout', '1', '--method', `${face}.${method}`]),
        );
    }
}

/**
 * Reads properties of an object.
 *
 * @throws SourceError
 */
export async function readProperties(
    system: System,
    { bus, service, path, interface: face }: BusObject,
    names: readonly string[],
): Promise<readonly unknown[]> {
    const where = bus === 'session' ? '--user' : '--system';
    const args = [where, '--json=short', '--auto-start=no', 'get-property', service, path, face];
    const text = await system.run('busctl', [...args, ...names]).catch((error: unknown) => {
        throw error instanceof SourceError ? plain(error, bus) : error;
    });
    const lines = text.trim().split('\n');
    if (lines.length !== names.length) throw new SourceError('busctl: not all properties');
    return lines.map(parseReply);
}

/** In words that mean something to somebody who has never heard of buses. */
function plain(error: SourceError, bus: BusObject['bus']): SourceError {
    const { message } = error;
    if (/Failed to (set bus address|connect to bus)/.test(message)) {
        return new SourceError(`there is no D-Bus of the ${bus} here`);
    }
    const missing = /does not exist|was not provided|not activatable|ServiceUnknown/.test(message);
    return missing ? new SourceError('no program here offers it') : error;
}

function parseReply(text: string): unknown {
    try {
        return reply.parse(JSON.parse(text)).data;
    } catch {
        throw new SourceError('busctl printed something else than expected');
    }
}

/** The number in what `gdbus` prints, such as `(uint64 1234,)`. */
function firstOfTuple(text: string): number {
    const [, digits] = /^\((?:uint32 |uint64 |int32 |int64 )?(\d+),\)\s*$/.exec(text) ?? [];
    if (digits === undefined) throw new SourceError('gdbus printed something else than expected');
    return Number(digits);
}
