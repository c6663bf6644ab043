-- What pandoc makes of notes and slides: figures that stay with their captions, tables whose columns fit.

-- Whether a block is a figure of a note; on slides, figures stand alone.
local function is_figure(block)
  return FORMAT ~= "pptx" and FORMAT ~= "revealjs" and block.t == "Para" and #block.content == 1
    and block.content[1].t == "Image"
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
      local name = block.content[1].src:match("([%a_]+)[^/]*$") or ""
      local inside = pandoc.List({ pandoc.Para(block.content) })
      if next and next.t == "Para" and #next.content == 1 and next.content[1].t == "Emph" then
        inside:insert(next)
        index = index + 1
      end
      result:insert(pandoc.Div(inside, pandoc.Attr("", { "figure", name })))
    elseif block.t == "Para" and #block.content == 1 and block.content[1].t == "Link" then
      -- The files of a table, below it.
      result:insert(pandoc.Div(block, pandoc.Attr("", { "files" })))
    else
      result:insert(block)
    end
    index = index + 1
  end
  return result
end

-- A cell's text in 8 points for Word, whose own style of tables has that of the text around.
local function small(cell)
  local is_bold = false
  pandoc.walk_block(pandoc.Div(cell), { Strong = function() is_bold = true end })
  local text = pandoc.utils.stringify(cell):gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  local run = '<w:r><w:rPr>%s<w:sz w:val="16"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r>'
  return { pandoc.Plain({ pandoc.RawInline("openxml", run:format(is_bold and "<w:b/>" or "", text)) }) }
end

-- Columns as wide as what they hold; pipe tables would all be equally wide.
function Table(block)
  local simple = pandoc.utils.to_simple_table(block)
  local lengths, sum = {}, 0
  for column = 1, #simple.headers do
    local word, line = 8, 8
    local function see(text)
      line = math.max(line, utf8.len(text) or 0)
      for part in text:gmatch("%S+") do word = math.max(word, (utf8.len(part) or 0) + 2) end
    end
    for _, row in ipairs(simple.rows) do see(pandoc.utils.stringify(row[column])) end
    for part in pandoc.utils.stringify(simple.headers[column]):gmatch("%S+") do see(part) end
    -- Word keeps the room of three letters free beside the text.
    lengths[column] = math.max(word, math.min(line, 24)) + 3
    sum = sum + lengths[column]
  end
  for column, length in ipairs(lengths) do simple.widths[column] = length / sum end
  if FORMAT == "docx" then
    simple.headers = simple.headers:map(small)
    simple.rows = simple.rows:map(function(row) return row:map(small) end)
  end
  return pandoc.utils.from_simple_table(simple)
end

-- Word's version ends before the appendix, which is for the printed one: its tables are too wide to be edited.
function Pandoc(document)
  if FORMAT ~= "docx" then return nil end
  local kept = pandoc.List()
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" and (block.identifier == "appendix" or block.identifier == "annexe") then break end
    kept:insert(block)
  end
  return pandoc.Pandoc(kept, document.meta)
end
