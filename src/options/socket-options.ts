/** Node: of every transport over TCP, also below TLS and WebSocket. */
export interface TcpOptions {
  /** Send small packets at once (TCP_NODELAY). Default true. */
  noDelay?: boolean;
  /** The address of this machine to connect from. Default: the system's choice. */
  localAddress?: string;
  /** Probes of the system on a silent connection (SO_KEEPALIVE), beside the pings of MQTT. Default: none. */
  keepAlive?: TcpKeepAlive;
}

/** ms are whole seconds, because the system counts in those. What this version of Node cannot set is `NOT_SUPPORTED`. */
export interface TcpKeepAlive {
  /** ms of silence before the first probe (TCP_KEEPIDLE). Default 60,000. */
  idle?: number;
  /** ms between probes (TCP_KEEPINTVL); needs Node 26.4. Default 1,000. */
  interval?: number;
  /** Probes without an answer until the connection is given up (TCP_KEEPCNT); needs Node 26.4. Default 10. */
  count?: number;
}

/** PEM text, or the bytes of it. */
export type Pem = string | Uint8Array;

/** TLS in Node, with the words of its `tls.connect()`. Certificates are checked by default. */
export interface TlsOptions {
  /** Authorities to trust, instead of those that come with Node. A self-signed certificate is its own. */
  ca?: Pem | readonly Pem[];
  /** Our own certificate (mutual TLS), with the chain behind it. */
  cert?: Pem;
  /** The private key of `cert`. */
  key?: Pem;
  /** Certificate and key in one PKCS #12 file, instead of `cert` and `key`. */
  pfx?: Uint8Array;
  /** Of `key` or `pfx`. */
  passphrase?: string;
  /** The name to ask for (SNI) and to find in the certificate, where it is not the host of the URL. */
  servername?: string;
  /** Protocols to offer by ALPN, the best first. */
  alpn?: readonly string[];
  /** Cipher suites in OpenSSL's words. Default: Node's, or those with a key shared beforehand when there is `psk`. */
  ciphers?: string;
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
  /** False: take any certificate of anybody. DANGEROUS: whoever sits in between reads and writes everything, passwords included. Default true. */
  rejectUnauthorized?: boolean;
  /** A key shared beforehand, instead of certificates. As text it is in hexadecimal. */
  psk?: { identity: string; key: string | Uint8Array };
}

/** As Node names them. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** The upgrade request of a WebSocket. */
export interface WebSocketOptions {
  /** Further headers of the upgrade request, Node. */
  headers?: Readonly<Record<string, string>>;
  /** Send `headers` to another host too when a broker redirects to it. Default false. */
  redirectHeaders?: boolean;
  /** Sub-protocols to offer; an empty list offers none. Default `['mqtt']`, for 3.1 `['mqttv3.1']`. */
  protocols?: readonly string[];
}
