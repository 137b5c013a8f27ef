// A bare client with a data channel: WHIP from a page of the server's own origin. Put into the page by rig/channels.py.
window.channelClient = {
  async open({ room, name, token, label, options }) {
    const pc = new RTCPeerConnection();
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    pc.addTransceiver(media.getAudioTracks()[0], { direction: 'sendonly' });
    const received = [];
    const listen = (channel) => {
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => received.push([data, performance.now() + performance.timeOrigin]);
    };
    const channel = pc.createDataChannel(label, options);
    listen(channel);
    pc.ondatachannel = ({ channel: opened }) => { this.opened.push(opened); listen(opened); };
    this.opened = [];
    await pc.setLocalDescription();
    await new Promise((done) => {
      const check = () => pc.iceGatheringState === 'complete' && done();
      pc.onicegatheringstatechange = check;
      check();
    });
    const response = await fetch(`/whip/${room}?peer=${name}`, {
      method: 'POST', body: pc.localDescription.sdp,
      headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` },
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
    Object.assign(this, { pc, channel, received });
    await new Promise((done, failed) => {
      if (channel.readyState === 'open') done();
      channel.onopen = done;
      setTimeout(() => failed(new Error(`the channel is ${channel.readyState}, SCTP ${pc.sctp?.state}, DTLS ${pc.connectionState}`)), 15000);
    });
  },

  /** Messages of `bytes` characters that begin with their number. */
  async sendMany(count, bytes) {
    const { channel } = this;
    for (let number = 0; number < count; number += 1) {
      while (channel.bufferedAmount > 200000) await new Promise((done) => { setTimeout(done, 5); });
      channel.send(`${number} `.padEnd(bytes, 'x'));
    }
  },

  /** `perSecond` messages a second that say when they were sent. */
  async sendSteadily(perSecond, seconds) {
    const started = performance.now();
    for (let number = 0; number < perSecond * seconds; number += 1) {
      const due = started + number * 1000 / perSecond;
      while (performance.now() < due) await new Promise((done) => { setTimeout(done, 1); });
      this.channel.send(`${performance.now() + performance.timeOrigin}`);
    }
  },

  numbers() { return this.received.map(([data]) => parseInt(data, 10)); },
  delays() { return this.received.map(([data, at]) => at - parseFloat(data)); },
};
