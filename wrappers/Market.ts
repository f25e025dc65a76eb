import type { Cell } from '@ton/core';
import {
    beginCell,
    contractAddress,
    type Address,
    type ContractProvider,
    type Sender,
} from '@ton/core';
import {
    Market as GeneratedMarket,
    storeAnnex,
    storePost,
    type OpenStake,
} from '../build/Market/Market_Market';
import { accountId } from './account';
import { bytesToBigInt } from './bytes';
import { contractCode, type ContractCode } from './code';
import type { ContractInit, Deployment } from './deployment';
import { encodeTerms, type JobTerms } from './job';
import { decodeParameters, encodeParameters, type MarketParameters } from './parameters';

/** What decides a Market's address. */
export interface MarketConfig {
    readonly owner: Address;
    /** Global id of the network: -239 main, -3 test. */
    readonly network: number;
    /** Seconds between a proposal of parameters and their earliest use. */
    readonly timelockSeconds: number;
    readonly parameters: MarketParameters;
}

/** A job to post; amounts nanoGRAM. */
export interface JobPosting {
    /** Index of the client's Escrow. */
    readonly index: number;
    /** Must be the Escrow's next id: a repeated message is refused, never paid twice. */
    readonly jobId: number;
    readonly ceiling: bigint;
    /** Prepaid for one check, at least `checkFee(parameters, ceiling, items)`. */
    readonly assurance: bigint;
    /** Whether the Escrow is still to be deployed. */
    readonly open: boolean;
    /** `parametersTag` of the Escrow's state; 0 makes the Market send the parameters along. */
    readonly parametersTag: bigint;
    readonly terms: JobTerms;
}

/** What an operator opens a stake with; amounts are nanoGRAM. */
export interface StakeOpening {
    readonly nodeKey: Uint8Array;
    readonly dailyLimit: bigint;
    readonly reserve: bigint;
    readonly collateral: bigint;
    /** URL of the node, at most 120 bytes of ASCII. */
    readonly endpoint?: string;
}

/** The market of one deployment: parameters, fees and the listing of jobs. */
export class Market extends GeneratedMarket {
    /** The Market that a configuration leads to, with the code of this build. */
    static async fromConfig(config: MarketConfig, code?: ContractCode): Promise<Market> {
        const { address, init } = marketInit(config, code ?? (await contractCode()));
        return new Market(address, init);
    }

    static override fromAddress(address: Address): Market {
        return new Market(address);
    }

    /** The deployment around this Market, assuming that it carries the code of this build. */
    async deployment(): Promise<Deployment> {
        return { market: this.address, code: await contractCode() };
    }

    async sendDeploy(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
        await this.send(provider, via, { value, bounce: false }, null);
    }

    async sendOpenStake(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        opening: StakeOpening,
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, openStakeMessage(opening));
    }

    /**
     * Posts a job of the sender into its Escrow.
     *
     * @param value - at least ceiling + assurance + `getCosts().post`, + `getCosts().openEscrow`
     * where the Escrow is still to be deployed; what is too much comes back when the job ends
     */
    async sendPost(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        posting: JobPosting,
    ): Promise<void> {
        await provider.internal(via, { value, bounce: true, body: encodePost(posting) });
    }

    async sendProposeParameters(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        parameters: MarketParameters,
    ): Promise<void> {
        const message = {
            $$type: 'ProposeParameters',
            parameters: encodeParameters(parameters),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    async sendApplyParameters(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'ApplyParameters' });
    }

    /** Parameters for the next listing. */
    async getMarketParameters(provider: ContractProvider): Promise<MarketParameters> {
        return decodeParameters(await this.getParameters(provider));
    }
}

/** Code and first data of a Market. */
export function marketInit(config: MarketConfig, code: ContractCode): ContractInit {
    const data = beginCell()
        .storeUint(accountId(config.owner), 256)
        .storeUint(0, 256)
        .storeInt(config.network, 32)
        .storeUint(config.timelockSeconds, 32)
        .storeUint(0, 64)
        .storeUint(0, 32)
        .storeRef(encodeParameters(config.parameters))
        .storeRef(
            beginCell()
                .store(
                    storeAnnex({
                        $$type: 'Annex',
                        stake: code.stake,
                        escrow: code.escrow,
                        proposed: null,
                    }),
                )
                .endCell(),
        )
        .endCell();
    const init = { code: code.market, data };
    return { address: contractAddress(0, init), init };
}

function openStakeMessage(opening: StakeOpening): OpenStake {
    return {
        $$type: 'OpenStake',
        nodeKey: bytesToBigInt(opening.nodeKey),
        dailyLimit: opening.dailyLimit,
        reserve: opening.reserve,
        collateral: opening.collateral,
        endpoint: opening.endpoint === undefined ? null : encodeEndpoint(opening.endpoint),
    };
}

/** An endpoint as a Stake stores it: ASCII text in one cell. */
export function encodeEndpoint(url: string): Cell {
    if (!/^[\x21-\x7e]{1,120}$/.test(url)) {
        throw new RangeError(
            `An endpoint is 1 to 120 characters of ASCII without spaces, not ${url}.`,
        );
    }
    return beginCell().storeStringTail(url).endCell();
}

/** The body of a Post. */
export function encodePost(posting: JobPosting): Cell {
    return beginCell()
        .store(
            storePost({
                $$type: 'Post',
                index: BigInt(posting.index),
                jobId: BigInt(posting.jobId),
                ceiling: posting.ceiling,
                assurance: posting.assurance,
                open: posting.open,
                parametersTag: posting.parametersTag,
                terms: encodeTerms(posting.terms),
            }),
        )
        .endCell();
}
