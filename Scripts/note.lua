-- Figures of a note: PNG instead of gnuplot's SVG, which WeasyPrint can't draw, kept together with their caption.

local function is_figure(block)
  return block.t == "Para" and #block.content == 1 and block.content[1].t == "Image"
end

function Image(image)
  image.src = image.src:gsub("%.svg$", ".png")
  return image
end

function Blocks(blocks)
  local result = pandoc.List()
  local index = 1
  while index <= #blocks do
    local block, next = blocks[index], blocks[index + 1]
    if is_figure(block) then
      -- The caption stands below in italics: it isn't wanted twice.
      block.content[1].caption = {}
      block.content[1].title = ""
      local inside = pandoc.List({ pandoc.Para(block.content) })
      if next and next.t == "Para" and #next.content == 1 and next.content[1].t == "Emph" then
        inside:insert(next)
        index = index + 1
      end
      result:insert(pandoc.Div(inside, pandoc.Attr("", { "figure" })))
    else
      result:insert(block)
    end
    index = index + 1
  end
  return result
end
