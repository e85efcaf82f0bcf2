// Signing with an organisation's certificate: the browser saves what is to be signed, the certificate's own program signs it,
// and the signature's file comes back here. Uses window.mingcai.seal (seal/page.js).
//
// The place is bidding/_certificate.html; its words stand in data-none and data-long of [data-certificate-said].

const LONGEST = 20_000; // more than a signature has, also as text

/** Wire one place. `hash()` gives H(record) of what is to be signed, `signed(file)` takes the signature. */
export function wireCertificate(place, { hash, signed }) {
  const part = (name) => place.querySelector(`[data-certificate-${name}]`);
  const tell = (words) => {
    part("said").textContent = words;
    if (words) part("file").focus();
  };
  part("save").addEventListener("click", async () => {
    tell("");
    const recordHash = await hash();
    if (!recordHash) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([window.mingcai.seal.signedBytes(recordHash)]));
    link.download = `to-sign-${recordHash.slice(0, 8)}.bin`;
    part("name").textContent = link.download;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  part("go").addEventListener("click", () => {
    const [file] = part("file").files;
    const { none, long } = part("said").dataset;
    if (!file || file.size > LONGEST || !file.size) return tell(file ? long : none);
    tell("");
    part("file").value = ""; // one that is refused is not sent again by mistake
    signed(file);
  });
}
