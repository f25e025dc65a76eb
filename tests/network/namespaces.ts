import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DROP_NEW =
    'chain input { type filter hook input priority 0; policy accept; iifname "wan" ct state new,invalid drop; }';

/** How a NAT chooses the port that the internet sees. */
export type NatKind = 'keeps-port' | 'random-port';

/** Why namespaces cannot be made here; undefined where they can. */
export function noNamespaces(): string | undefined {
    if (process.platform !== 'linux') return 'there are no network namespaces on this system';
    if (process.getuid?.() !== 0) return 'making network namespaces takes root';
    for (const [program, argument] of [
        ['ip', '-V'],
        ['nft', '--version'],
    ] as const) {
        try {
            execFileSync(program, [argument], { stdio: 'ignore' });
        } catch {
            return `the program ${program} is not installed (packages iproute2 and nftables)`;
        }
    }
    const name = `cnx${process.pid}`;
    try {
        ip('netns', 'add', name);
        inside(name, 'nft', 'add', 'table', 'ip', 'probe');
        return undefined;
    } catch (error) {
        return `this system refuses them: ${error instanceof Error ? error.message : 'unknown'}`;
    } finally {
        try {
            ip('netns', 'del', name);
        } catch {
            // It was never made.
        }
    }
}

/** Why no router can be asked for a port here; undefined where one can. */
export function noPortMapping(): string | undefined {
    const reason = noNamespaces();
    if (reason !== undefined) return reason;
    try {
        const said = execFileSync('miniupnpd', ['--version']).toString();
        if (said.includes('nftables')) return undefined;
    } catch {
        // It is not there.
    }
    return 'miniupnpd is not installed, or not for nftables (package miniupnpd-nftables)';
}

/** Why no STUN server can be started here; undefined where one can. */
export function noStunServer(): string | undefined {
    const reason = noNamespaces();
    if (reason !== undefined) return reason;
    try {
        execFileSync('turnserver', ['--version'], { stdio: 'ignore' });
        return undefined;
    } catch {
        return 'turnserver is not installed (package coturn)';
    }
}

/** Where miniupnpd puts what it is asked for, and the NAT about it. */
const UPNP_RULES = `
    table inet filter {
        ${DROP_NEW}
        chain forward { type filter hook forward priority 0; policy drop; jump miniupnpd; iifname "lan" accept; ct state established,related accept; }
        chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
        chain postrouting { type nat hook postrouting priority 100; jump postrouting_miniupnpd; oifname "wan" masquerade; }
        chain miniupnpd {}
        chain prerouting_miniupnpd {}
        chain postrouting_miniupnpd {}
    }`;

/** As a router at home has it: whoever is inside may ask for ports. */
const UPNP_SETTINGS = `
    ext_ifname=wan
    listening_ip=lan
    enable_upnp=yes
    enable_natpmp=no
    allow 1024-65535 10.0.0.0/8 1024-65535
    deny 0-65535 0.0.0.0/0 0-65535`;

/**
 * A small internet of network namespaces. Its addresses look public to the program, and exist
 * nowhere but in these namespaces, which have no way out.
 */
export class Internet {
    readonly #prefix = `cn${process.pid}`;
    readonly #names: string[] = [];
    readonly #programs: ChildProcess[] = [];
    #hosts = 0;

    constructor() {
        this.#add('net');
        this.#in('net', 'ip', 'link', 'add', 'br0', 'type', 'bridge');
        this.#in('net', 'ip', 'link', 'set', 'br0', 'up');
    }

    /**
     * A host with a public address.
     *
     * @param firewall - whether it drops what it has not asked for
     * @param network - the first number of its address, from 40 to 99
     */
    host({ firewall = false, network = 45 } = {}): {
        readonly namespace: string;
        readonly address: string;
    } {
        const name = `h${++this.#hosts}`;
        this.#add(name);
        const address = this.#plug(name, 'wan', network);
        if (firewall) {
            this.#in(name, 'nft', ['table ip filter {', DROP_NEW, '}'].join('\n'));
        }
        return { namespace: this.#full(name), address };
    }

    /**
     * A host behind a NAT of its own, whose router drops what nobody inside has asked for.
     *
     * @param folder - for the settings of a router that gives out ports by UPnP; undefined: it does not
     */
    behindNat(
        kind: NatKind,
        folder?: string,
    ): { readonly namespace: string; readonly address: string } {
        const number = ++this.#hosts;
        const [router, name] = [`r${number}`, `l${number}`];
        this.#add(router);
        this.#add(name);
        const address = this.#plug(router, 'wan');
        this.#cable(router, 'lan', name, 'eth0');
        this.#address(router, 'lan', `10.${number}.0.1/24`);
        this.#address(name, 'eth0', `10.${number}.0.2/24`);
        this.#in(name, 'ip', 'route', 'add', 'default', 'via', `10.${number}.0.1`);
        this.#in(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
        if (folder !== undefined) {
            this.#giveOutPorts(router, folder);
            return { namespace: this.#full(name), address };
        }
        const masquerade = kind === 'random-port' ? 'masquerade fully-random' : 'masquerade';
        this.#in(
            router,
            'nft',
            `table ip nat { chain post { type nat hook postrouting priority 100; oifname "wan" ${masquerade}; }; }
             table ip filter {
                 ${DROP_NEW}
                 chain forward { type filter hook forward priority 0; policy drop; iifname "lan" accept; ct state established,related accept; }
             }`,
        );
        return { namespace: this.#full(name), address };
    }

    /** A host that tells others where it sees them, by coturn. @returns its URL */
    stunServer(): string {
        const { namespace, address } = this.host();
        const quiet = ['--stun-only', '--no-tls', '--no-dtls', '--no-cli', '--no-stdout-log'];
        const at = ['--listening-ip', address, '--listening-port', '3478'];
        this.#run(namespace, 'turnserver', '-n', ...quiet, '--log-file', '/dev/null', ...at);
        return `stun:${address}:3478`;
    }

    /** Bytes that a host has sent to the internet. */
    sentBy(namespace: string): number {
        const path = '/sys/class/net/wan/statistics/tx_bytes';
        return Number(execFileSync('ip', ['netns', 'exec', namespace, 'cat', path]).toString());
    }

    /** Ends all of it. */
    remove(): void {
        for (const program of this.#programs.splice(0)) program.kill('SIGKILL');
        for (const name of this.#names.reverse()) ip('netns', 'del', this.#full(name));
        this.#names.length = 0;
    }

    /** A router as miniupnpd makes it: https://github.com/miniupnp/miniupnp */
    #giveOutPorts(router: string, folder: string): void {
        this.#in(router, 'nft', UPNP_RULES);
        const settings = join(folder, `${router}.conf`);
        const own = [UPNP_SETTINGS, `uuid=${randomUUID()}`].join('\n').replace(/^ +/gm, '');
        writeFileSync(settings, `${own}\n`);
        const pid = join(folder, `${router}.pid`);
        this.#run(this.#full(router), 'miniupnpd', '-d', '-f', settings, '-P', pid);
    }

    /** @param namespace - whole name */
    #run(namespace: string, ...command: string[]): void {
        const args = ['netns', 'exec', namespace, ...command];
        this.#programs.push(spawn('ip', args, { stdio: 'ignore' }));
    }

    #plug(name: string, device: string, network = 45): string {
        const number = ++this.#hosts;
        this.#cable(name, device, 'net', `p${number}`);
        this.#in('net', 'ip', 'link', 'set', `p${number}`, 'master', 'br0');
        const address = `${network}.66.77.${number}`;
        this.#address(name, device, `${address}/24`);
        // All are on one line, whatever their addresses are.
        this.#in(name, 'ip', 'route', 'add', 'default', 'dev', device);
        return address;
    }

    #cable(one: string, device: string, other: string, otherDevice: string): void {
        const [a, b] = [this.#full(one), this.#full(other)];
        const ends = ['type', 'veth', 'peer', 'name', otherDevice, 'netns', b];
        ip('link', 'add', device, 'netns', a, ...ends);
        this.#in(other, 'ip', 'link', 'set', otherDevice, 'up');
    }

    #address(name: string, device: string, address: string): void {
        this.#in(name, 'ip', 'addr', 'add', address, 'dev', device);
        this.#in(name, 'ip', 'link', 'set', device, 'up');
    }

    #add(name: string): void {
        ip('netns', 'add', this.#full(name));
        this.#names.push(name);
        this.#in(name, 'ip', 'link', 'set', 'lo', 'up');
    }

    #in(name: string, ...command: string[]): void {
        inside(this.#full(name), ...command);
    }

    #full(name: string): string {
        return `${this.#prefix}${name}`;
    }
}

function inside(namespace: string, ...command: string[]): void {
    ip('netns', 'exec', namespace, ...command);
}

function ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
