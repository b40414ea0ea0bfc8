for (const one of document.querySelectorAll(".pick")) {
  const follow = () => { if (one.checked) document.documentElement.lang = one.value; };
  one.addEventListener("change", follow);
  follow();
}
