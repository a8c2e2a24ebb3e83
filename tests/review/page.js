// What a test asks the page: every text that is seen, its size, and its contrast.
() => {
  const channels = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    if (!element) return [255, 255, 255];
    const box = element.closest("svg .node")?.querySelector("rect.box");
    if (box && element.localName === "text") return channels(getComputedStyle(box).fill);
    const own = channels(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const content = walker.currentNode.data.trim();
    if (!content || element.closest("title, .hidden") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element).slice(0, 3);
    const paint = element.localName === "text" ? style.fill : style.color;
    found.push({
      text: content,
      size: parseFloat(style.fontSize),
      contrast: contrast(over(channels(paint), background), background),
    });
  }
  return found;
}
