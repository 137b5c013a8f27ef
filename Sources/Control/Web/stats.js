// Connection numbers from RTCPeerConnection.getStats, and rates from the difference between two looks.

/** Looks at a connection again and again; every look gives rates since the one before. */
export class StatsReader {
  #before = new Map();

  /**
   * A summary of `pc`: {connection, sent: […], received: […]}. Rates are kbit/s; times are milliseconds. Values that the
   * browser does not know are undefined.
   */
  async read(pc) {
    const all = new Map();
    (await pc.getStats()).forEach(entry => all.set(entry.id, entry));
    const entries = [...all.values()];
    const summary = {
      connection: this.#connection(pc, entries, all),
      sent: entries.filter(entry => entry.type === 'outbound-rtp').map(entry => this.#sent(entry, all)),
      received: entries.filter(entry => entry.type === 'inbound-rtp').map(entry => this.#received(entry, all)),
    };
    this.#before = all;
    return summary;
  }

  #connection(pc, entries, all) {
    const transport = entries.find(entry => entry.type === 'transport');
    const pair = all.get(transport?.selectedCandidatePairId)
      ?? entries.find(entry => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded');
    const remote = all.get(pair?.remoteCandidateId);
    return {
      state: pc.connectionState,
      roundTripMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
      sendKbps: this.#rate(pair, 'bytesSent'),
      receiveKbps: this.#rate(pair, 'bytesReceived'),
      availableKbps: pair?.availableOutgoingBitrate === undefined ? undefined : pair.availableOutgoingBitrate / 1000,
      remote: remote && `${remote.address ?? remote.ip}:${remote.port} ${remote.protocol}`,
      srtp: transport?.srtpCipher,
      dtls: transport?.dtlsCipher,
    };
  }

  #sent(entry, all) {
    const remote = all.get(entry.remoteId);
    return {
      ...common(entry, all),
      rid: entry.rid,
      active: entry.active,
      kbps: this.#rate(entry, 'bytesSent'),
      packets: entry.packetsSent,
      framesEncoded: entry.framesEncoded,
      nacks: entry.nackCount,
      keyframeRequests: entry.pliCount,
      limitedBy: entry.qualityLimitationReason === 'none' ? undefined : entry.qualityLimitationReason,
      scalabilityMode: entry.scalabilityMode,
      lossPercent: remote?.fractionLost === undefined ? undefined : remote.fractionLost * 100,
    };
  }

  #received(entry, all) {
    return {
      ...common(entry, all),
      kbps: this.#rate(entry, 'bytesReceived'),
      packets: entry.packetsReceived,
      lossPercent: this.#loss(entry),
      packetsLost: entry.packetsLost,
      jitterMs: entry.jitter === undefined ? undefined : entry.jitter * 1000,
      framesDecoded: entry.framesDecoded,
      framesDropped: entry.framesDropped,
      keyframesDecoded: entry.keyFramesDecoded,
      freezes: entry.freezeCount,
      freezeSeconds: entry.totalFreezesDuration,
      audioEnergy: entry.totalAudioEnergy,
      audioLevel: entry.audioLevel,
      concealedSamples: entry.concealedSamples,
      nacks: entry.nackCount,
      keyframeRequests: entry.pliCount,
      retransmitted: entry.retransmittedPacketsReceived,
      fecPackets: entry.fecPacketsReceived,
    };
  }

  #rate(entry, field) {
    const before = entry && this.#before.get(entry.id);
    if (before?.[field] === undefined || entry.timestamp <= before.timestamp) return undefined;
    return Math.max(0, entry[field] - before[field]) * 8 / (entry.timestamp - before.timestamp);
  }

  /** Of the packets since the last look, how many percent are missing. */
  #loss(entry) {
    const before = this.#before.get(entry.id);
    if (!before) return undefined;
    const lost = Math.max(0, entry.packetsLost - before.packetsLost), came = entry.packetsReceived - before.packetsReceived;
    return lost + came > 0 ? 100 * lost / (lost + came) : undefined;
  }
}

function common(entry, all) {
  return {
    kind: entry.kind,
    mid: entry.mid,
    ssrc: entry.ssrc,
    codec: all.get(entry.codecId)?.mimeType.replace(/^\w+\//, ''),
    width: entry.frameWidth,
    height: entry.frameHeight,
    framesPerSecond: entry.framesPerSecond,
  };
}
