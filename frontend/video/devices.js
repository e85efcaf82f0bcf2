// Camera and microphone, with sound alone where there is no camera.

const SOUND = { echoCancellation: true, noiseSuppression: true };

/** Give a stream with a picture of this height and rate, or the name of why there is none: "denied", "nothing". */
export async function open({ height, fps }) {
  const picture = { height: { ideal: height }, width: { ideal: Math.round((height * 16) / 9) }, frameRate: { ideal: fps, max: fps } };
  for (const wanted of [{ video: picture, audio: SOUND }, { audio: SOUND }]) {
    try {
      return await navigator.mediaDevices.getUserMedia(wanted);
    } catch (error) {
      if (error.name === "NotAllowedError") return "denied";
    }
  }
  return "nothing";
}
