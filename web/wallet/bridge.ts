/*
 * The JavaScript bridge of TON Connect, protocol version 2, as wallets inject it.
 * https://github.com/ton-blockchain/ton-connect/blob/main/bridge.md#js-bridge
 * https://github.com/ton-blockchain/ton-connect/blob/main/requests-responses.md
 */

/** What a wallet offers at `window.<key>.tonconnect`. */
export interface Bridge {
    readonly deviceInfo: DeviceInfo;
    readonly walletInfo: WalletInfo;
    readonly protocolVersion: 2;
    readonly isWalletBrowser: boolean;
    connect(protocolVersion: number, request: ConnectRequest): Promise<ConnectEvent>;
    restoreConnection(): Promise<ConnectEvent>;
    send(request: AppRequest): Promise<WalletResponse>;
    listen(callback: (event: WalletEvent) => void): () => void;
    disconnect(): void;
}

export interface DeviceInfo {
    readonly platform: 'browser';
    readonly appName: string;
    readonly appVersion: string;
    readonly maxProtocolVersion: 2;
    readonly features: readonly (
        'SendTransaction' | { readonly name: 'SendTransaction'; readonly maxMessages: number }
    )[];
}

export interface WalletInfo {
    readonly name: string;
    readonly app_name: string;
    readonly image: string;
    readonly about_url: string;
    readonly platforms: readonly string[];
}

export interface ConnectRequest {
    readonly manifestUrl: string;
    readonly items: readonly { readonly name: string; readonly network?: string }[];
}

export type ConnectEvent =
    | {
          readonly event: 'connect';
          readonly id: number;
          readonly payload: {
              readonly items: readonly ConnectItem[];
              readonly device: DeviceInfo;
          };
      }
    | {
          readonly event: 'connect_error';
          readonly id: number;
          readonly payload: { readonly code: ConnectErrorCode; readonly message: string };
      };

/** 0 unknown, 1 bad request, 100 unknown app, 300 the user declined. */
export type ConnectErrorCode = 0 | 1 | 100 | 300;

export type ConnectItem =
    | {
          readonly name: 'ton_addr';
          /** Raw. */
          readonly address: string;
          readonly network: string;
          /** Hexadecimal. */
          readonly publicKey: string;
          /** Base64 of a BoC. */
          readonly walletStateInit: string;
      }
    /** Items that this wallet does not know: 400, not supported. */
    | { readonly name: string; readonly error: { readonly code: 400; readonly message: string } };

export interface AppRequest {
    readonly id: string;
    readonly method: string;
    readonly params: readonly string[];
}

export type WalletResponse =
    | { readonly id: string; readonly result: string | object }
    | {
          readonly id: string;
          readonly error: { readonly code: SendErrorCode; readonly message: string };
      };

/** 0 unknown, 1 bad request, 100 unknown app, 300 the user declined, 400 not supported. */
export type SendErrorCode = 0 | 1 | 100 | 300 | 400;

export type WalletEvent =
    ConnectEvent | { readonly event: 'disconnect'; readonly id: number; readonly payload: object };
