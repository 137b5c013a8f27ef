// A browser without a page of ours: connections by name, driven from outside. What a client of another control plane does.
window.bare = (() => {
  const connections = {};
  const players = [];
  let media;

  async function tracks() {
    media ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 180 } });
    return { audio: media.getAudioTracks()[0], video: media.getVideoTracks()[0] };
  }

  function fresh(name) {
    connections[name]?.close();
    const connection = new RTCPeerConnection();
    // What nobody plays is not decoded.
    connection.ontrack = ({ track }) => {
      const player = document.createElement(track.kind);
      player.srcObject = new MediaStream([track]);
      player.play().catch(() => {});
      players.push(player);
    };
    return (connections[name] = connection);
  }

  return {
    // An offer that sends a microphone and a camera, and has so many slots for each kind.
    async offer(name, sends, slots) {
      const connection = fresh(name);
      if (sends) {
        const { audio, video } = await tracks();
        connection.addTransceiver(audio, { direction: 'sendonly' });
        connection.addTransceiver(video, { direction: 'sendonly' });
      }
      for (let slot = 0; slot < slots; slot += 1) {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
      }
      await connection.setLocalDescription();
      return connection.localDescription.sdp;
    },

    async accept(name, sdp) {
      await connections[name].setRemoteDescription({ type: 'answer', sdp });
    },

    // Answers an offer, the first or a later one. `sends`: sections 0 and 1 are for the microphone and the camera.
    async answer(name, sdp, sends) {
      const connection = connections[name] ?? fresh(name);
      await connection.setRemoteDescription({ type: 'offer', sdp });
      if (sends) {
        const { audio, video } = await tracks();
        for (const transceiver of connection.getTransceivers()) {
          if (!['0', '1', '2'].includes(transceiver.mid)) continue;
          transceiver.direction = 'sendonly';
          const track = { 0: audio, 1: video }[transceiver.mid];
          if (track && !transceiver.sender.track) await transceiver.sender.replaceTrack(track);
        }
      }
      await connection.setLocalDescription();
      return connection.localDescription.sdp;
    },

    // What was decoded, by mid.
    async numbers(name) {
      const connection = connections[name];
      const inbound = {};
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== 'inbound-rtp') continue;
        inbound[entry.mid] = {
          kind: entry.kind, frames: entry.framesDecoded ?? 0, packets: entry.packetsReceived,
          energy: entry.totalAudioEnergy ?? 0, width: entry.frameWidth ?? 0,
        };
      }
      return { state: connection.connectionState, inbound };
    },

    close(name) {
      connections[name].close();
      delete connections[name];
    },
  };
})();
