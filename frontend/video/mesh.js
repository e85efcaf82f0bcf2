// Connect to every other browser of the room, each pair on its own. Whoever came later calls; a lost connection is called again.

const CANDIDATES_MS = 800;

export class Mesh {
  /** `signal(to, kind, body)` reaches one browser; `show(peer, stream)` displays it, `hide(peer id)` no longer. */
  constructor({ ice, kbps, local, signal, show, hide }) {
    Object.assign(this, { ice, kbps, local, signal, show, hide });
    this.links = new Map();
    this.peers = new Map();
  }

  /** Take the list of those who are there now: call who is to be called, drop who has gone. */
  sync(peers) {
    this.peers = new Map(peers.map((peer) => [peer.sitting, peer]));
    for (const id of [...this.links.keys()]) if (!this.peers.has(id)) this.drop(id);
    for (const peer of peers) {
      const state = this.links.get(peer.sitting)?.connectionState;
      if (peer.calls && (!state || state === "failed" || state === "closed")) this.call(peer);
    }
  }

  open(id) {
    this.drop(id);
    const pc = new RTCPeerConnection({ iceServers: this.ice });
    this.links.set(id, pc);
    const coming = new MediaStream();
    pc.addEventListener("track", (event) => {
      coming.addTrack(event.track);
      this.show(this.peers.get(id) ?? { sitting: id, name: "" }, coming);
    });
    pc.addEventListener("icecandidate", (event) => {
      if (event.candidate && pc.told) this.signal(id, "candidate", { candidate: event.candidate.toJSON() });
    });
    pc.addEventListener("connectionstatechange", () => {
      if (pc.connectionState === "connected") this.limit(pc);
      if (pc.connectionState === "failed") this.hide(id);
    });
    return pc;
  }

  async call(peer) {
    const pc = this.open(peer.sitting);
    for (const kind of ["audio", "video"]) {
      const [track] = this.local?.getTracks().filter((one) => one.kind === kind) ?? [];
      if (track) pc.addTransceiver(track, { direction: peer.sends ? "sendrecv" : "sendonly", streams: [this.local] });
      else if (peer.sends) pc.addTransceiver(kind, { direction: "recvonly" });
    }
    await pc.setLocalDescription();
    await this.tell(pc, peer.sitting, "offer");
  }

  /** Send the description with the addresses that are found at once; later ones follow by themselves. */
  async tell(pc, id, kind) {
    if (pc.iceGatheringState !== "complete") {
      await new Promise((done) => {
        setTimeout(done, CANDIDATES_MS);
        pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && done());
      });
    }
    if (pc.signalingState === "closed") return;
    pc.told = true;
    await this.signal(id, kind, { sdp: pc.localDescription.sdp });
  }

  async heard(kind, { sitting: id, body }) {
    if (kind === "video.offer") {
      const pc = this.open(id);
      await pc.setRemoteDescription({ type: "offer", sdp: body.sdp });
      for (const track of this.local?.getTracks() ?? []) {
        if (pc.getTransceivers().some((one) => one.receiver.track.kind === track.kind)) pc.addTrack(track, this.local);
      }
      await pc.setLocalDescription();
      await this.tell(pc, id, "answer");
    }
    const pc = this.links.get(id);
    if (!pc) return;
    if (kind === "video.answer" && pc.signalingState === "have-local-offer") {
      await pc.setRemoteDescription({ type: "answer", sdp: body.sdp });
    }
    if (kind === "video.candidate" && pc.remoteDescription) await pc.addIceCandidate(body.candidate);
  }

  /** Keep a picture within the line that the room is planned for. */
  limit(pc) {
    for (const sender of pc.getSenders()) {
      if (sender.track?.kind !== "video") continue;
      const wanted = sender.getParameters();
      for (const encoding of wanted.encodings ?? []) encoding.maxBitrate = this.kbps * 1000;
      if (wanted.encodings?.length) sender.setParameters(wanted);
    }
  }

  drop(id) {
    this.links.get(id)?.close();
    this.links.delete(id);
    this.hide(id);
  }

  close() {
    for (const id of [...this.links.keys()]) this.drop(id);
  }
}
