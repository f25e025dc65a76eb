import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of JSON-RPC as an endpoint gets it. */
export interface RpcCall {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
}

/** What an endpoint does with a call instead of passing it on. */
export type Fault =
    /** Closes the connection. */
    | 'cut'
    /** Never answers. */
    | 'stall'
    | { readonly status: number }
    /** Passes it on, and changes what comes back. */
    | { readonly alter: (result: unknown) => unknown }
    /** Answers without passing it on. */
    | { readonly instead: unknown };

/** An endpoint in front of another one, with the faults that a test gives it. */
export class FaultyEndpoint {
    /** All that was asked for. */
    readonly calls: RpcCall[] = [];
    /** The fault for a call; none: it is passed on. May wait before it decides. */
    fault: (call: RpcCall) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
    /** After the endpoint behind has answered, and before the caller hears of it. */
    after: (call: RpcCall) => void | Promise<void> = () => undefined;
    readonly #server: Server;
    readonly #stalled = new Set<ServerResponse>();

    private constructor(private readonly behind: string) {
        this.#server = createServer((request, response) => {
            const parts: Buffer[] = [];
            request.on('data', (part: Buffer) => parts.push(part));
            request.on('end', () => {
                this.#answer(Buffer.concat(parts), response).catch(() => response.destroy());
            });
        });
    }

    static async before(behind: string): Promise<FaultyEndpoint> {
        const endpoint = new FaultyEndpoint(behind);
        const server = endpoint.#server;
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return endpoint;
    }

    get url(): string {
        const { port } = this.#server.address() as AddressInfo;
        return `http://127.0.0.1:${port}/api/v2/jsonRPC`;
    }

    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }

    count(method: string): number {
        return this.calls.filter((call) => call.method === method).length;
    }

    async #answer(body: Buffer, response: ServerResponse): Promise<void> {
        const call = JSON.parse(body.toString('utf8')) as RpcCall;
        this.calls.push(call);
        const fault = await this.fault(call);
        if (fault === 'cut') return void response.destroy();
        if (fault === 'stall') return void this.#stalled.add(response);
        response.setHeader('Content-Type', 'application/json');
        if (fault !== undefined && 'status' in fault) {
            return void response.writeHead(fault.status).end('{"ok":false}');
        }
        if (fault !== undefined && 'instead' in fault) {
            return void response.end(JSON.stringify({ ok: true, result: fault.instead }));
        }
        const reply = await fetch(this.behind, { method: 'POST', body });
        const text = await reply.text();
        await this.after(call);
        response.statusCode = reply.status;
        if (fault === undefined) return void response.end(text);
        const parsed = JSON.parse(text) as { result: unknown };
        response.end(JSON.stringify({ ...parsed, result: fault.alter(parsed.result) }));
    }
}
