// Puts the list of events where this script stands:
//   <script src="https://lab.example/embed.js" data-query="n=5" data-title="Agenda" async></script>
// It asks nothing of the page around it, and takes only a height from its own frame.
(function () {
  "use strict";
  var here = document.currentScript;
  if (!here) return;
  var base = here.src.replace(/embed\.js(\?.*)?$/, "");
  var query = here.getAttribute("data-query");
  var frame = document.createElement("iframe");
  frame.src = base + "embed" + (query ? "?" + query : "");
  frame.title = here.getAttribute("data-title") || "Agenda";
  frame.loading = "lazy";
  frame.style.cssText = "display:block;width:100%;border:0;height:36rem";
  window.addEventListener("message", function (event) {
    if (event.source !== frame.contentWindow || event.origin !== new URL(base).origin) return;
    var height = event.data && event.data.essaim;
    if (typeof height === "number" && height > 0) frame.style.height = Math.min(Math.ceil(height), 20000) + "px";
  });
  here.parentNode.insertBefore(frame, here);
})();
