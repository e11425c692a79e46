/**
 * Options of MQTT.js and their counterparts in this library: the words that continue "option 'x'", in which % stands for the name.
 * docs/from-mqtt-js.md says the same in detail, and a test compares the two.
 */
const places: readonly (readonly [names: string, words: string])[] = [
  ['ca cert key pfx passphrase rejectUnauthorized servername ciphers minVersion maxVersion', "is 'tls.%' here"],
  ['ALPNProtocols', "is 'tls.alpn' here"],
  [
    'keyPath certPath caPaths',
    "is not known: read the files yourself, and set their contents as 'tls.key', 'tls.cert' or 'tls.ca'",
  ],
  ['host hostname port path protocol defaultProtocol query auth', "belongs in the URL, as in 'mqtts://host:8883'"],
  ['unixSocket', "belongs in the URL: 'unix:///path/to.sock'"],
  ['servers', "is the first argument here: 'mqtt([url, …])'"],
  ['qos retain', "belongs to one message or subscription: pass it to publish(), to topic$() or in 'will'"],
  ['protocolId', "follows from 'protocolVersion': leave it out"],
  ['authPacket', "is 'authentication' here"],
  ['reconnectPeriod', "is 'reconnect' here: fixedDelay(ms), or false instead of 0"],
  ['reconnectOnConnackError', "is 'verdict' here; without it, the client reconnects if a retry can help"],
  ['manualConnect', "is 'autoConnect' here: false instead of true"],
  ['subscribeBatchSize', "is 'maxFiltersPerSubscribe' here"],
  ['queueQoSZero', "is 'queue.offlineQos0' here: 'queue' or 'refuse'"],
  ['customHandleAcks', "is { ack: 'manual' } of topic$() here"],
  ['autoUseTopicAlias autoAssignTopicAlias', "is 'topicAliases' here, on by default"],
  ['timerVariant', "is 'scheduler' here"],
  ['socksProxy', "is 'proxy' here: 'socks5://…'"],
  ['socksTimeout', "is part of 'connectTimeout' here"],
  ['wsOptions', "is 'websocket' here: { headers, protocols }; options of certificates belong in 'tls'"],
  ['transformWsUrl', "is 'perAttempt' here: () => ({ url })"],
  ['createWebsocket forceNativeWebSocket', "is 'transport' here: webSocketTransport({ WebSocket })"],
  ['encoding', 'is message.text() here, or { decode: text } of topic$()'],
  ['log', 'is not known: subscribe to packet$, connection$ and warning$'],
  ['incomingStore outgoingStore', "is 'store' here"],
  [
    'cbStorePut messageIdProvider reschedulePings browserBufferSize browserBufferTimeout ' +
      'objectMode binary writeCache my',
    'of MQTT.js has no counterpart here: leave it out',
  ],
];

/** Rules of `record()` that refuse these options. */
export const elsewhere: Readonly<Record<string, string>> = Object.fromEntries(
  places.flatMap(([names, words]) => names.split(' ').map(name => [name, words.replace('%', name)])),
);
