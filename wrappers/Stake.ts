import type { Address, Cell, ContractProvider, Sender } from '@ton/core';
import {
    Stake as GeneratedStake,
    type StakeView,
    type StandingView,
} from '../build/Stake/Stake_Stake';
import { accountId } from './account';
import { bytesToBigInt } from './bytes';
import { encodeEndpoint } from './Market';
import { type Deployment, stakeInit } from './deployment';

/** An operator's stake, and the account through which its node acts. */
export class Stake extends GeneratedStake {
    static ofOperator(deployment: Deployment, operator: Address): Stake {
        const { address, init } = stakeInit(deployment, operator);
        return new Stake(address, init);
    }

    static override fromAddress(address: Address): Stake {
        return new Stake(address);
    }

    async sendDeposit(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        amounts: { readonly reserve: bigint; readonly collateral: bigint },
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'Deposit', ...amounts });
    }

    async sendUnbond(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        amounts: { readonly reserve: bigint; readonly collateral: bigint },
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'Unbond', ...amounts });
    }

    /** `amount` of earnings and matured bonds, and `operating` of the operating balance. */
    async sendWithdraw(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        amounts: { readonly amount: bigint; readonly operating: bigint },
    ): Promise<void> {
        const message = { $$type: 'WithdrawStake', ...amounts } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    async sendSetNode(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        node: { readonly nodeKey: Uint8Array; readonly endpoint?: string },
    ): Promise<void> {
        const message = {
            $$type: 'SetNode',
            nodeKey: bytesToBigInt(node.nodeKey),
            endpoint: node.endpoint === undefined ? null : encodeEndpoint(node.endpoint),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    async sendSetLimits(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        limits: { readonly dailyLimit: bigint; readonly paused: boolean },
    ): Promise<void> {
        const message = { $$type: 'SetLimits', ...limits } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    /** Sends what `signNodeAction` made; the Stake pays for it. */
    async sendNodeAction(provider: ContractProvider, signed: Cell): Promise<void> {
        await provider.external(signed);
    }

    /**
     * Has a convicted Stake tell an Escrow so, which then refunds a job that it has not finished.
     *
     * @param value - pays for both steps; what is left goes to the client
     */
    async sendReportConviction(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        job: { readonly jobId: number; readonly client: Address; readonly index: number },
    ): Promise<void> {
        const message = {
            $$type: 'ReportConviction',
            jobId: BigInt(job.jobId),
            client: accountId(job.client),
            index: BigInt(job.index),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    /** Where the node is reached; undefined where the operator named nothing. */
    async getEndpointUrl(provider: ContractProvider): Promise<string | undefined> {
        const url = (await this.getEndpoint(provider)).beginParse().loadStringTail();
        return url === '' ? undefined : url;
    }
}

export type { StakeView, StandingView };
