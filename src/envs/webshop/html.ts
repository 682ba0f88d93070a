/** Pages as HTML, byte for byte as the original's templates come out, odd markup included. */
import { back, escape, head, itemFields, link, outerHead, place } from './markup.ts';
import type { Product } from './product.ts';
import { dictRepr, floatRepr, htmlJson } from '../python.ts';
import type { Session } from './session.ts';

function index(session: Session): string {
  return `${outerHead}          <div id="logo" class="text-center">
            <h2>WebShop</h2>
          </div>
          <div id="instruction-text" class="text-center">
            <h4>Instruction: <br>${escape(session.instruction)}</h4>
          </div>
          <form role="form" id="form-buscar" method="post" action="${link(session)}">
            <div class="form-group">
              <div class="input-group">
                <input id="search_input" class="form-control" type="text" name="search_query" placeholder="Search..." required/>
                <span class="input-group-btn">
                  <button class="btn btn-success" type="submit"><i class="glyphicon glyphicon-search" aria-hidden="true"></i>Search</button>
                </span>
              </div>
            </div>
          </form>
        </div>            
      </div>
    </div>
  </body>
</html>`;
}

function pageButton(session: Session, label: string, page: number): string {
  return `            <div class="col-sm-2">
              <form method="post" action="${link(session, ...place(session, page))}">
                <button type="submit" class="btn btn-primary">${label}</button>
              </form>
            </div>
`;
}

function found(session: Session, product: Product): string {
  const address = link(session, ['asin', product.asin], ...place(session), ['options', '{}']);
  return `
        <div class="col-lg-12 mx-auto list-group-item">
          <div class="col-lg-4">
            <img src="${escape(product.image)}" class="result-img">
          </div>
          <div class="col-lg-8">
            <ul class="list-group shadow">
                <div class="media align-items-lg-center flex-column flex-lg-row p-3">
                  <div class="media-body order-2 order-lg-1 searched-product">
                    
                    <h4 class="mt-0 font-weight-bold mb-2 product-asin"><a class="product-link" href="${address}">${escape(product.asin)}</a></h5>
                    <h4 class="mt-0 font-weight-bold mb-2 product-title">${escape(product.title)}</h5>
                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-price">${escape(product.priceTag)}</h6>
                    </div>
<!--
                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-category">${escape(product.category)}</h5>
                    </div>
                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-query">${escape(product.query)}</h5>
                    </div>
                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-product_category">${escape(product.path)}</h5>
                    </div>
-->
                  </div>
                </div>
            </ul>
          </div>
        </div>
        `;
}

function results(session: Session): string {
  const page = session.pageNumber;
  const previous =
    page > 1
      ? pageButton(session, '&lt; Prev', page - 1)
      : `            <div class="col-sm-2">
            </div>
`;
  return `${head(session)}      <div class="row top-buffer">
        <div class="col-sm-8">
          <div class="display-4">
            <h3>Page ${page} (Total results: ${session.results.length})</h3>
          </div>
          
${previous}${pageButton(session, 'Next &gt;', page + 1)}          
        </div>
      </div>

      <div class="row top-buffer">
        ${session.shown.map((product) => found(session, product)).join('')}
      </div>
    </div>
  </body>
</html>`;
}

function optionGroup(session: Session, name: string, values: readonly string[]): string {
  const inputs = values.map((value, i) => {
    const address = link(session, ...itemFields(session, new Map(session.options).set(name, value)));
    const id = `radio_${escape(name)}${i}`;
    return `
                  
                  
                  
                  <input type="radio" id="${id}" name="${escape(name)}" value="${escape(value)}" data-url="${address}">
                  <label for="${id}">${escape(value)}</label>
                `;
  });
  return `
            <div class="row top-buffer">
              <h4>${escape(name)}</h4>
              <div class="radio-toolbar">
                ${inputs.join('')}
              </div>
            </div>
          `;
}

function subPageButton(session: Session, name: string, field: string): string {
  return `            <div class="col-sm-3" name="${field}">
              <form method="post" action="${link(session, ...itemFields(session, session.options, name))}">
                <button class="btn btn-primary" type="submit">${name}</button>
              </form>
            </div>
`;
}

function item(session: Session, product: Product): string {
  const attributes = session.showAttributes ? `\n${subPageButton(session, 'Attributes', 'attributes')}            ` : '';
  return `${head(session)}${back(link(session, ...place(session)))}      <div class="row top-buffer">
        <div class="col-md-4 mb-4 mb-md-0">
          <div class="row top-buffer">
            <img id="product-image" src="${escape(product.image)}" class="item-page-img">
          </div>
          ${Array.from(product.options, ([name, values]) => optionGroup(session, name, values)).join('')}
        </div>
        <div class="col-md-6">
          <h2>${escape(product.title)}</h2>
          <h4>Price: ${escape(product.priceTag)}</h4>
          <h4>Rating: N.A.</h4>
          <div class="row top-buffer">
${subPageButton(session, 'Description', 'description')}${subPageButton(session, 'Features', 'bulletpoints')}${subPageButton(session, 'Reviews', 'reviews')}            ${attributes}
          </div>
        </div>
        <div class="col-sm-2">
          <div class="row top-buffer">
            <form method="post" action="${link(session, ['asin', product.asin], ['options', dictRepr(session.options)])}">
              <button type="submit" class="btn btn-lg purchase">Buy Now</button>
            </form>
          </div>
        </div>
      </div>
    </div>
  </body>
  <script>
    $(document).ready(function() {
      $('input:radio').each(function() {
        //console.log($(this).val());
        let options = JSON.parse(\`${htmlJson(session.options)}\`);
        let optionValues = $.map(options, function(value, key) { return value });
        //console.log(optionValues);
        if (optionValues.includes($(this).val())) {
          $(this).prop('checked', true);

          let option_to_image = JSON.parse(\`${htmlJson(product.optionImages)}\`);
//          console.log($(this).val());
//          console.log(options);
//          console.log(option_to_image);
          let image_url = option_to_image[$(this).val()];

          //console.log(image_url);
          if (image_url) {
            $("#product-image").attr("src", image_url);
          }
        }
        
        // reload with updated options
        this.addEventListener("click", function() {
          window.location.href = this.dataset.url;
        });

      });
    });
  </script>
</html>`;
}

/** A bulleted list inside a card. */
function list(items: readonly string[], style: string): string {
  return `              <div class="card card-body">
                <ul>
                  ${items.map((text) => `\n                  <li><p class="${style}"> ${escape(text)}</p></li>\n                  `).join('')}
                </ul>
              </div>
`;
}

function heading(field: string, text: string): string {
  return `              <div class="d-flex align-items-center justify-content-between mt-1">
                <h5 class="font-weight-bold my-2 product-${field}">${escape(text)}</h5>
              </div>
`;
}

function subPage(session: Session, product: Product, name: string): string {
  const contents: Record<string, string> = {
    Description: `            <div class="col-sm-6" name="description">
              <div class="card card-body">
                <p class="product-info">${escape(product.description)}</p>
              </div>
            </div>
`,
    Features: `            <div class="col-sm-6" name="bulletpoints">
${list(product.bullets, 'product-info')}            </div>
`,
    Reviews: `            <div class="col-sm-6" name="reviews">
              <div class="card card-body">
                
              </div>
            </div>
`,
    Attributes: `            <div class="col-sm-6" name="description">
${list(product.attributes, 'attribute')}            </div>
            <div class="col-sm-6" name="description">
${heading('category', product.category)}${heading('query', product.query)}${heading('product_category', product.path)}            </div>
`,
  };
  return `${head(session)}${back(link(session, ...itemFields(session)))}      <div class="row top-buffer">
        <div class="col-md-12">
          <div class="row top-buffer">
${contents[name]}          </div>
        </div>
      </div>
    </div>
  </body>
</html>`;
}

function done(session: Session, score: number): string {
  const goalField = (id: string, label: string, close = 'h4'): string =>
    `              <h4 id="goal-${id}">${label}<pre></pre></${close}>\n`;
  return `${outerHead}          <div id="thankyou" class="text-center">
            <h1>Thank you for shopping with us!</h1>
          </div>
          <div id="stats" class="text-center">
            <h3 align="mturk_code">Your code: </h3>
            <p><pre>None</pre> (Paste it in your MTurk interface.)</p>
            <div style="display:none">
              <h2 align="left">Purchased</h2>
              <hr class="solid">
              <h4 id="asin">asin<pre>${escape(session.product?.asin ?? '')}</pre></p>
              <h4 id="options">options<pre>${htmlJson(session.options)}</pre></h4>
              <h4 id="purchased_attrs">attrs<pre>None</pre></h4>
              <h4 id="purchased-category">category<pre>None</pre></h4>
              <h4 id="purchased-query">query<pre>None</pre></h4>
              <h4 id="purchased-pc">product category<pre>None</pre></h4>
              <h2 align="left">Target</h2>
              <hr class="solid">
${goalField('asin', 'asin', 'p')}${goalField('options', 'options')}${goalField('attrs', 'attrs')}${goalField('price', 'price upper')}${goalField('instruction-text', 'instuction text')}${goalField('category', 'category')}${goalField('pc', 'product category')}${goalField('query', 'query')}              <h4>Goal <div id="goal"><pre>None</pre></div></h4>
              <h2 align="left">Reward</h2>
            </div>
            <hr class="solid">
      \t\t\t<h3   id="reward">Your score (min 0.0, max 1.0)<pre>${floatRepr(score)}</pre></h3>
            <h4 hidden>Reward Details <div id="reward_info"><pre>None</pre></div></h4>
          </div>
        </div>            
      </div>
    </div>
  </body>
</html>`;
}

export function html(session: Session): string {
  const { page } = session;
  const product = session.product as Product;
  if (page.kind === 'index') return index(session);
  if (page.kind === 'results') return results(session);
  if (page.kind === 'item') return item(session, product);
  return page.kind === 'sub' ? subPage(session, product, page.name) : done(session, page.score);
}
