for (const one of document.querySelectorAll(".pick")) {
  const follow = () => { if (one.checked) document.documentElement.lang = one.value; };
  one.addEventListener("change", follow);
  follow();
}
// a table or a chart wider than its place must be reached by the keyboard; one that fits is no stop
const reach = () => {
  for (const one of document.querySelectorAll(".scroll, .chart")) {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
};
addEventListener("resize", reach);
document.addEventListener("change", reach);
document.addEventListener("toggle", reach, true);
reach();
