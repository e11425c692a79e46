/** Options of TCP (Node only). They also apply to the TCP connection below TLS and WebSocket. */
export interface TcpOptions {
  /** Send small packets immediately (TCP_NODELAY). Default true. */
  noDelay?: boolean;
  /** The local address to connect from. Default: the system chooses one. */
  localAddress?: string;
  /** Probes that the system sends on a silent connection (SO_KEEPALIVE), in addition to PINGREQ. Default: none. */
  keepAlive?: TcpKeepAlive;
}

/** The probes of the system, in ms that are whole seconds. Errors with `NOT_SUPPORTED` for what this version of Node cannot set. */
export interface TcpKeepAlive {
  /** ms of silence before the first probe (TCP_KEEPIDLE). Default 60,000. */
  idle?: number;
  /** ms between probes (TCP_KEEPINTVL); needs Node 26.4. Default 1,000. */
  interval?: number;
  /** The number of unanswered probes after which the connection ends (TCP_KEEPCNT); needs Node 26.4. Default 10. */
  count?: number;
}

/** PEM as text or bytes. */
export type Pem = string | Uint8Array;

/** Options of TLS, with the names of `tls.connect()` of Node. Certificates are verified by default. */
export interface TlsOptions {
  /** The trusted certificate authorities, instead of those of Node. A self-signed certificate is its own authority. */
  ca?: Pem | readonly Pem[];
  /** The certificate of the client (mutual TLS), with its chain. */
  cert?: Pem;
  /** The private key of `cert`. */
  key?: Pem;
  /** The certificate and key as the bytes of a PKCS #12 file, instead of `cert` and `key`. */
  pfx?: Uint8Array;
  /** The passphrase of `key` or `pfx`. */
  passphrase?: string;
  /** The name that is sent (SNI) and must be in the certificate. Default: the host of the URL. */
  servername?: string;
  /** The protocols to offer by ALPN, the preferred one first. */
  alpn?: readonly string[];
  /** The cipher suites, with the names of OpenSSL. Default: those of Node, or with `psk` those for a pre-shared key. */
  ciphers?: string;
  /** The lowest version. Default: that of Node. */
  minVersion?: TlsVersion;
  /** The highest version. Default: that of Node. */
  maxVersion?: TlsVersion;
  /**
   * False: accept any certificate. DANGEROUS: an attacker on the network can read and change everything, including passwords. Default true.
   */
  rejectUnauthorized?: boolean;
  /** A pre-shared key, instead of certificates. As text it is in hexadecimal. */
  psk?: { identity: string; key: string | Uint8Array };
}

/** The versions of TLS, with the names of Node. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Options of WebSockets. */
export interface WebSocketOptions {
  /** Further headers of the upgrade request (Node only). */
  headers?: Readonly<Record<string, string>>;
  /** Send `headers` to another host, too, if a broker redirects to it. Default false. */
  redirectHeaders?: boolean;
  /** The sub-protocols to offer; an empty list offers none. Default `['mqtt']`, for MQTT 3.1 `['mqttv3.1']`. */
  protocols?: readonly string[];
}
