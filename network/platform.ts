import { WebSocket } from 'ws';

/** What the engine uses of newer platforms, and Node 20 does not have. */
interface Platform {
    WebSocket?: unknown;
    CloseEvent?: unknown;
}

interface Resolvers<T> {
    readonly promise: Promise<T>;
    readonly resolve: (value: T | PromiseLike<T>) => void;
    readonly reject: (reason?: unknown) => void;
}

type PromiseStatics = PromiseConstructor & { withResolvers?: <T>() => Resolvers<T> };

/**
 * Gives Node 20 the three things that libp2p 3 takes for granted: `Promise.withResolvers`,
 * `WebSocket` and `CloseEvent`. What is there already stays. It may be called again.
 */
export function providePlatform(): void {
    const statics = Promise as PromiseStatics;
    statics.withResolvers ??= withResolvers;
    const platform = globalThis as Platform;
    platform.WebSocket ??= WebSocket;
    platform.CloseEvent ??= CloseEvent;
}

function withResolvers<T>(): Resolvers<T> {
    let resolve!: Resolvers<T>['resolve'];
    let reject!: Resolvers<T>['reject'];
    const promise = new Promise<T>((...both) => ([resolve, reject] = both));
    return { promise, resolve, reject };
}

/** https://websockets.spec.whatwg.org/#the-closeevent-interface */
class CloseEvent extends Event {
    readonly wasClean: boolean;
    readonly code: number;
    readonly reason: string;

    constructor(type: string, init: { wasClean?: boolean; code?: number; reason?: string } = {}) {
        super(type);
        this.wasClean = init.wasClean ?? false;
        this.code = init.code ?? 0;
        this.reason = init.reason ?? '';
    }
}
